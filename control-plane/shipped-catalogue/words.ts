/** A list of words written as one text, so that it stays on few lines. */
export const words = (text: string): string[] => text.split(" ");
