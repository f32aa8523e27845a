"""What several people do about one record: assign, code, hand in, adjudicate, export."""
