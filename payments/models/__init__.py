from payments.models.earnings import Earning, EarningTerms, Moment
from payments.models.invoices import Fees, Invoice, InvoiceLine, Receipt, Vat

__all__ = ["Earning", "EarningTerms", "Fees", "Invoice", "InvoiceLine", "Moment", "Receipt", "Vat"]
