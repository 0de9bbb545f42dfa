namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 section 2: lines, tags, message numbers, flags, message texts.</summary>
internal static class Section2Rules
{
    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 2.1", "The connection begins with a greeting of the server.", Given.Connected, "S: * OK …"),
        new("9051 2.2", "A line ends in CRLF, and a literal is an octet count followed by those octets.", Given.LoggedIn, "C: a CREATE {3+}\r\na b", "S: a OK …", "C: b LIST \"\" \"a b\"", "S: * LIST … \"a b\"", "S: b OK …"),
        new("9051 2.2.1", "Each command is answered with its own tag.", Given.Connected, "C: A0001 NOOP", "S: A0001 OK …", "C: x.9 NOOP", "S: x.9 OK …"),
        new("9051 2.2.1", "A literal is asked for by a continuation request before its octets are sent.", Given.Connected, "C: a LOGIN {16}", "S: + …", "N: a …", "C: john@example.com {9}", "S: + …", "C: summersun", "S: a OK …"),
        new("9051 2.2.1", "A command that is refused before its literal is ended by BAD or NO in place of the continuation request.", Given.LoggedIn, "C: a CREATE {99999999}", "U: a …", "N: a OK …", "N: +…", "C: b NOOP", "S: b OK …"),
        new("9051 2.2.2", "A line without a tag is BAD, untagged.", Given.LoggedIn, "C: ", "S: * BAD …"),
        new("9051 2.2.2", "An untagged response begins with an asterisk, and the tagged one comes last.", Given.LoggedIn, "C: a LIST \"\" *", "S: * LIST …", "S: a OK …"),
        new("9051 2.2.2", "What cannot be read as a command is BAD, with its tag.", Given.LoggedIn, "C: a FROB", "S: a BAD …", "C: b SELECT", "S: b BAD …", "C: c SELECT INBOX x", "S: c BAD …"),
        new("9051 2.2.2", "What another session did is told at the next command, without being asked for.", Given.Selected(1), "2: APPEND INBOX {3+}\r\na:b", "C: a NOOP", "S: * 2 EXISTS", "S: a OK …"),
        new("9051 2.3.1.1", "Unique identifiers ascend as messages are added.", Given.Selected(3), "C: a FETCH 1:* UID", "S: * 1 FETCH (UID 1)", "S: * 2 FETCH (UID 2)", "S: * 3 FETCH (UID 3)"),
        new("9051 2.3.1.1", "A unique identifier does not change during a session, whatever is expunged.", Given.Selected(3), "C: a STORE 1 +FLAGS.SILENT (\\Deleted)", "C: b EXPUNGE", "S: * 1 EXPUNGE", "C: c FETCH 1:* UID", "S: * 1 FETCH (UID 2)", "S: * 2 FETCH (UID 3)"),
        new("9051 2.3.1.1", "A unique identifier is not given again after its message is gone.", Given.Selected(1), "C: a STORE 1 +FLAGS.SILENT (\\Deleted)", "C: b EXPUNGE", "C: c APPEND INBOX {3+}\r\na:b", "S: c OK [APPENDUID … 2] …", "C: d FETCH 1 UID", "S: * 1 FETCH (UID 2)"),
        new("9051 2.3.1.1", "SELECT tells UIDVALIDITY and UIDNEXT, which is above every UID.", Given.Selected(2), "C: a SELECT INBOX", "U: * OK [UIDVALIDITY …] …", "U: * OK [UIDNEXT 3] …"),
        new("9051 2.3.1.2", "Message sequence numbers run from 1 without a gap, in the order of the unique identifiers.", Given.Selected(3), "C: a UID FETCH 1:3 UID", "S: * 1 FETCH (UID 1)", "S: * 2 FETCH (UID 2)", "S: * 3 FETCH (UID 3)"),
        new("9051 2.3.1.2", "A new message has a higher sequence number than all others.", Given.Selected(2), "C: a APPEND INBOX {3+}\r\na:b", "S: * 3 EXISTS", "C: b FETCH 3 UID", "S: * 3 FETCH (UID 3)"),
        new("9051 2.3.2", "A flag is in the list of a message or it is not; STORE sets and clears it for good.", Given.Selected(1), "C: a STORE 1 +FLAGS (\\Flagged)", "S: * 1 FETCH (…FLAGS (…\\Flagged…)…)", "C: b STORE 1 -FLAGS (\\Flagged)", "S: * 1 FETCH (…FLAGS (…)…)", "N: …\\Flagged…"),
        new("9051 2.3.2", "The system flags \\Seen, \\Answered, \\Flagged, \\Deleted and \\Draft are there.", Given.LoggedIn, "C: a SELECT INBOX", "U: * FLAGS (…\\Answered…)", "U: * FLAGS (…\\Flagged…)", "U: * FLAGS (…\\Deleted…)", "U: * FLAGS (…\\Seen…)", "U: * FLAGS (…\\Draft…)"),
        new("9051 2.3.2", "Flags are compared without regard to case.", Given.Selected(1), "C: a STORE 1 FLAGS (\\sEEN)", "S: * 1 FETCH (…\\Seen…)"),
        new("9051 2.3.2", "A system flag that is not defined is refused.", Given.Selected(1), "C: a STORE 1 FLAGS (\\Frob)", "S: a BAD …"),
        new("9051 2.3.2", "Keywords such as $Forwarded, $MDNSent, $Junk, $NotJunk and $Phishing are kept.", Given.Selected(1), "C: a STORE 1 FLAGS ($Forwarded $MDNSent $Junk $Phishing)", "S: a OK …", "C: b FETCH 1 FLAGS", "S: * 1 FETCH (FLAGS (…$Forwarded…))", "U: …$MDNSent…", "U: …$Junk…", "U: …$Phishing…"),
        new("9051 2.3.2", "PERMANENTFLAGS has \\* where a client may make keywords.", Given.LoggedIn, "C: a SELECT INBOX", "U: * OK [PERMANENTFLAGS (…\\*)] …"),
        new("3501 2.3.2", "\\Recent cannot be set by a client.", Given.Selected(1), "C: a STORE 1 +FLAGS (\\Recent)", "N: …FETCH…\\Recent…", "C: b FETCH 1 FLAGS", "S: * 1 FETCH (FLAGS ())"),
        new("3501 2.3.2", "\\Recent is told to the first session alone that hears of a message.", Given.LoggedInWith(1), "C: a SELECT INBOX", "U: * 0 RECENT", "C: b FETCH 1 FLAGS", "S: * 1 FETCH (FLAGS ())"),
        new("9051 2.3.2", "IMAP4rev2 has no \\Recent.", Given.Selected(1).Rev2(), "C: a APPEND INBOX {3+}\r\na:b", "N: …RECENT…", "C: b FETCH 2 FLAGS", "S: * 2 FETCH (…FLAGS ()…)"),
        new("9051 2.3.3", "The internal date is the one that APPEND gave, kept by COPY.", Given.Selected(0), "C: a APPEND INBOX \"03-Feb-2024 04:05:06 +0000\" {3+}\r\na:b", "C: b FETCH 1 INTERNALDATE", "S: * 1 FETCH (INTERNALDATE \" 3-Feb-2024 04:05:06 +0000\")", "C: c COPY 1 INBOX", "C: d FETCH 2 INTERNALDATE", "S: * 2 FETCH (INTERNALDATE \" 3-Feb-2024 04:05:06 +0000\")"),
        new("9051 2.3.4", "RFC822.SIZE is the number of octets of the message with CRLF.", Given.Selected("a: b\n\nx\n"), "C: a FETCH 1 (RFC822.SIZE BODY.PEEK[])", "S: * 1 FETCH (RFC822.SIZE 11 BODY[] {11}\r\na: b\r\n\r\nx\r\n)"),
        new("9051 2.3.5", "ENVELOPE is the parsed header of the message.", Given.Selected("Subject: hi\nFrom: a@b.c\n\n"), "C: a FETCH 1 ENVELOPE", "S: * 1 FETCH (ENVELOPE (NIL \"hi\" ((NIL NIL \"a\" \"b.c\")) ((NIL NIL \"a\" \"b.c\")) ((NIL NIL \"a\" \"b.c\")) NIL NIL NIL NIL NIL))"),
        new("9051 2.3.6", "BODYSTRUCTURE is the parsed MIME structure of the message.", Given.Selected("a: b\n\nx\n"), "C: a FETCH 1 BODYSTRUCTURE", "S: * 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1…))"),
        new("9051 2.4", "The header, the text, a field and a part of a message can be fetched alone.", Given.Selected("a: b\nc: d\n\nx\n"), "C: a FETCH 1 (BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[HEADER.FIELDS (c)] BODY.PEEK[1])", "S: * 1 FETCH (BODY[HEADER] {14}\r\na: b\r\nc: d\r\n\r\n BODY[TEXT] {3}\r\nx\r\n BODY[HEADER.FIELDS (c)] {8}\r\nc: d\r\n\r\n BODY[1] {3}\r\nx\r\n)"),
    ];
}
