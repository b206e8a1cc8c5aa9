// What the terminal shows of the processes: their lines behind their names, and the last of them kept.

export type Console = {
  /** A line of ours. */
  say: (line: string) => void;
  /** Where a process' lines go. */
  writerOf: (name: string) => (line: string) => void;
  /** The last lines of a process, oldest first. */
  lastLinesOf: (name: string) => string[];
};

const linesKeptMax = 12;
const lineCharactersMax = 4_000;
const nameWidth = 13; // "control-plane"

/** @param write gets whole lines with their line feed; standard error, so that the welcome can be piped. */
export function createConsole(write: (text: string) => void): Console {
  const lastLines = new Map<string, string[]>(); // one entry per process we start, a few at most
  function show(name: string, line: string): void {
    const shown = line.length > lineCharactersMax ? `${line.slice(0, lineCharactersMax)}…` : line;
    write(`${name.padEnd(nameWidth)} | ${shown}\n`);
  }
  return {
    say: (line) => show("turnpike", line),
    writerOf: (name) => (line) => {
      const kept = lastLines.get(name) ?? [];
      kept.push(line.slice(0, lineCharactersMax));
      lastLines.set(name, kept.slice(-linesKeptMax));
      show(name, line);
    },
    lastLinesOf: (name) => lastLines.get(name) ?? [],
  };
}
