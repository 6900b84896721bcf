/// Recency down, frequency to the right; a square opens to its people where it may be pressed.
import type { ReplyOf } from "@shared/client";
import { shade } from "@/charts/shapes";
import { useText } from "@/i18n/use";
import { squaresOf, type Square } from "./scores";
import "../insight.css";

export function ScoreGrid({ answer, chosen, small, onPick }: { answer: ReplyOf<"/v1/queries/rfm", "post">; chosen?: { r: number; f: number }; small?: boolean; onPick?: (r: number, f: number) => void }) {
  const { t, count, exact, moneyShort } = useText();
  const rows = squaresOf(answer.cells, answer.tiles);
  const most = Math.max(...rows.flat().map((square) => square.people));
  const inside = (square: Square) => (
    <>
      <b className="num">{count(square.people)}</b>
      {!small && square.people > 0 && <small className="num">{moneyShort(square.fen)}</small>}
    </>
  );
  const title = (square: Square) => t("scores.square", { r: square.r, f: square.f, people: exact(square.people), money: moneyShort(square.fen) });
  return (
    <table className={small ? "rfm-grid small" : "rfm-grid"}>
      <thead><tr><td />{rows[0]!.map(({ f }) => <th key={f} scope="col"><abbr title={t("rfm.f")}>F{f}</abbr></th>)}</tr></thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row[0]!.r}>
            <th scope="row"><abbr title={t("rfm.r")}>R{row[0]!.r}</abbr></th>
            {row.map((square) => (
              <td key={square.f}>
                {onPick
                  ? <button type="button" className={`shade-${shade(square.people, most)}`} disabled={square.people === 0} aria-pressed={chosen?.r === square.r && chosen.f === square.f} title={title(square)} onClick={() => onPick(square.r, square.f)}>{inside(square)}</button>
                  : <span className={`square shade-${shade(square.people, most)}`} title={title(square)}>{inside(square)}</span>}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
