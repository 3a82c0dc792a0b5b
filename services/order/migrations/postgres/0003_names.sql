-- PostgreSQL parses the text of a table's CHECK constraints for each statement that writes to the table. Lists of names made up
-- almost half of what it took to write an order. The program writes no other names, and refuses others when it reads a row.
ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders DROP CONSTRAINT orders_payment_status_check;
ALTER TABLE orders DROP CONSTRAINT orders_capture_check;
