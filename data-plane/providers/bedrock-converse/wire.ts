/** Converse on the wire, from the types of AWS's SDK: there bytes are `Uint8Array`, here they are base64. Types only. */
import type {
  ContentBlock as SdkContentBlock,
  ConverseStreamRequest,
  DocumentFormat,
  ImageFormat,
  StopReason,
  SystemContentBlock as SdkSystemContentBlock,
  Tool as SdkTool,
  ToolResultContentBlock as SdkToolResultContentBlock,
} from "@aws-sdk/client-bedrock-runtime";

/** Members whose value is any JSON. */
type Free = "input" | "json" | "additionalModelRequestFields";

/** `$unknown` is how the SDK keeps what it does not know; nothing of the kind is sent. */
type Wire<Value> = Value extends Uint8Array
  ? string
  : Value extends readonly (infer Item)[]
    ? Wire<Item>[]
    : Value extends object
      ? {
          [Name in keyof Value as Name extends "$unknown" ? never : Name]: Name extends Free
            ? unknown
            : Wire<Value[Name]>;
        }
      : Value;

export type ContentBlock = Wire<SdkContentBlock>;
export type SystemBlock = Wire<SdkSystemContentBlock>;
export type ToolResultPart = Wire<SdkToolResultContentBlock>;
export type Tool = Wire<SdkTool>;
export type Turn = { role: "user" | "assistant"; content: ContentBlock[] };
/** The body of `/converse` and `/converse-stream`: the model is in the path. */
export type ConverseBody = Omit<Wire<ConverseStreamRequest>, "modelId" | "messages"> & {
  messages: Turn[];
};
export type { DocumentFormat, ImageFormat, StopReason };
