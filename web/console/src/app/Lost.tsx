import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Button } from "antd";
import { useText } from "@/i18n/use";
import { asProblem, Failure, Nothing } from "@/parts/States";

/// No such page.
export function Lost() {
  const { t } = useText();
  return (
    <main>
      <h1 className="visually-hidden">{t("state.lost")}</h1>
      <Nothing title={t("state.lost")} text={t("state.lost.text")} action={<Link to="/"><Button tabIndex={-1}>{t("nav.home")}</Button></Link>} />
    </main>
  );
}

/// A page that could not be shown: a refusal by the server, or a fault of ours.
export function Crashed({ error, reset }: ErrorComponentProps) {
  const { t } = useText();
  return (
    <main>
      <h1 className="visually-hidden">{t("state.crashed")}</h1>
      <Failure problem={asProblem(error)} retry={reset} />
    </main>
  );
}
