/// The console's colours as charts need them: values, not names. They change with the theme.
export const tones = ["--water", "--koi", "--gold", "--violet", "--good", "--water-mid", "--bad", "--ink-3"];
export const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
