/// The people behind a number of the home page.
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { Page } from "@/parts/Page";
import { Meaning } from "@/pages/home/Meaning";
import { DrillCard } from "./DrillCard";

export default function Drill() {
  const { t, tr } = useText();
  const [params] = useParams();
  const metric = params.metric ?? "ownership.connected";
  return (
    <Page title={tr("metric.", metric)} lead={<>{t("drill.lead")} <Meaning metric={metric} /></>}>
      <DrillCard title={t("drill.people")} query={{ metric, channel: params.channel, from: params.from, to: params.to }} />
    </Page>
  );
}
