import { percentOf } from "./money.js";

/** From this many of the same article on, each is cheaper. */
export const volumeDiscountFrom = 10;
export const volumeDiscountPercent = 10;

/** Price in cents of `quantity` articles at `unitPrice` cents each. */
export function linePrice(unitPrice, quantity) {
  if (!Number.isInteger(quantity) || quantity < 1) throw new RangeError(`Not a quantity: ${quantity}`);
  const full = unitPrice * quantity;
  if (quantity > volumeDiscountFrom) {
    return full - percentOf(full, volumeDiscountPercent);
  }
  return full;
}
