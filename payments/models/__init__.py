from payments.models.earnings import Earning, EarningTerms
from payments.models.invoices import Fees, Invoice, InvoiceLine, Receipt

__all__ = ["Earning", "EarningTerms", "Fees", "Invoice", "InvoiceLine", "Receipt"]
