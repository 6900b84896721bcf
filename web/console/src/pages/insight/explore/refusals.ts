/// A refusal in the user's words. What the server adds is kept where it is no sentence: a name, a value, a list of choices.
import i18next from "i18next";
import type { Problem } from "@shared/client";
import type { Key } from "@/i18n";

type Say = (key: Key, holes: Record<string, string>) => string;
const speak: Say = (key, holes) => (i18next.t as unknown as Say)(key, holes);

/// "order_payd, did you mean order_paid" as its two names.
function suggested(detail: string): [string, string | undefined] {
  const found = /^(.*), did you mean (.+)$/s.exec(detail);
  return found ? [found[1]!, found[2]] : [detail, undefined];
}

export function sayProblem(problem: Pick<Problem, "title">, detail?: string, lang = document.documentElement.lang, t = speak): string {
  const [what, instead] = suggested(detail ?? "");
  const title = problem.title;
  if (!what) return title;
  if (instead) return t("explore.refused.meant", { title, what, instead });
  // Words about a rule's text are English sentences; the title and the place say it in every language.
  return lang !== "en" && /[a-z] [a-z]+ [a-z]/i.test(what) ? title : t("explore.refused", { title, what });
}
