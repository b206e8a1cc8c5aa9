/** A CPU profile and a heap summary of this gateway while it works, on demand; one at a time. */
import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

export const profileSecondsMax = 120;
/** Every 0.2 ms: a request of 0.1 ms is seen often enough in some seconds, and the gateway is 5 to 10 % slower meanwhile. */
const samplingMicroseconds = 200;
/** Of allocations, one in so many bytes on average. */
const samplingBytes = 32_768;

export type Profile = {
  gateway: string;
  pid: number;
  startedAt: string;
  seconds: number;
  /** Requests taken meanwhile. */
  requests: number;
  /** Of the whole process, its threads included. */
  cpuMicroseconds: number;
  memory: {
    rss: number;
    heapUsed: number;
    heapTotal: number;
    heapLimit: number;
    external: number;
    arrayBuffers: number;
    spaces: { name: string; used: number; size: number }[];
    /** What garbage collection left; the same at both ends of a quiet load. */
    heapUsedBefore: number;
  };
  /** As Chrome's and VS Code's viewers read them: `.cpuprofile` and `.heapprofile`. */
  cpu: object;
  heap: object;
};

export class ProfileRunning extends Error {}

let running = false;

/**
 * Samples this process for so many seconds.
 * @param requests how many requests this gateway has taken, now
 * @throws {ProfileRunning} when one is being taken already.
 */
export async function takeProfile(
  seconds: number,
  gateway: string,
  requests: () => number,
): Promise<Profile> {
  if (running) throw new ProfileRunning("a profile of this gateway is being taken already");
  running = true;
  const session = new Session();
  try {
    session.connect();
    const startedAt = new Date().toISOString();
    const before = { requests: requests(), cpu: process.cpuUsage(), heap: process.memoryUsage() };
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: samplingMicroseconds });
    await session.post("HeapProfiler.startSampling", { samplingInterval: samplingBytes });
    await session.post("Profiler.start");
    await sleep(seconds * 1_000);
    const { profile: cpu } = await session.post("Profiler.stop");
    const { profile: heap } = await session.post("HeapProfiler.stopSampling");
    const { user, system } = process.cpuUsage(before.cpu);
    const memory = process.memoryUsage();
    return {
      gateway,
      pid: process.pid,
      startedAt,
      seconds,
      requests: requests() - before.requests,
      cpuMicroseconds: user + system,
      memory: {
        rss: memory.rss,
        heapUsed: memory.heapUsed,
        heapTotal: memory.heapTotal,
        heapLimit: getHeapStatistics().heap_size_limit,
        external: memory.external,
        arrayBuffers: memory.arrayBuffers,
        spaces: getHeapSpaceStatistics().map((space) => ({
          name: space.space_name,
          used: space.space_used_size,
          size: space.space_size,
        })),
        heapUsedBefore: before.heap.heapUsed,
      },
      cpu,
      heap,
    };
  } finally {
    session.disconnect();
    running = false;
  }
}
