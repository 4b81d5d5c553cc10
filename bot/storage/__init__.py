"""PostgreSQL: the tables, the unit of work, and one module of queries per thing. SQLAlchemy stays in here."""
