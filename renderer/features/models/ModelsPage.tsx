import { useNavigate } from "@tanstack/react-router";
import { IconButton } from "../../ui/Button.tsx";
import { BudgetRows } from "./BudgetRows.tsx";
import { Prices } from "./Prices.tsx";
import { Providers } from "./Providers.tsx";
import { Spending } from "./Spending.tsx";
import "./models.css";

/** Which models runs may call, what they cost, and how much may be spent on them. */
export function ModelsPage() {
  const navigate = useNavigate();
  return (
    <>
      <div className="toolbar">
        <IconButton icon="left" name="Back to the settings" onClick={() => void navigate({ to: "/settings" })} />
        <h1>Models and budgets</h1>
      </div>
      <div className="scroll">
        <BudgetRows />
        <Spending />
        <Providers />
        <Prices />
      </div>
    </>
  );
}
