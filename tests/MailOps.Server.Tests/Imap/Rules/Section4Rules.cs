namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 sections 4 and 5: data formats, mailbox names, updates that nobody asked for.</summary>
internal static class Section4Rules
{
    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 4.1", "An atom is taken where a string may stand.", Given.LoggedIn, "C: a CREATE box", "S: a OK …", "C: b LIST \"\" \"box\"", "S: * LIST … \"/\" \"box\""),
        new("9051 4.1.1", "A sequence set may be a number, a range, a list of both, and * for the last.", Given.Selected(4), "C: a FETCH 1,3:* UID", "S: * 1 FETCH …", "S: * 3 FETCH …", "S: * 4 FETCH …", "N: * 2 FETCH …"),
        new("9051 4.1.1", "A range is the same in either order.", Given.Selected(3), "C: a FETCH 3:2 UID", "S: * 2 FETCH …", "S: * 3 FETCH …", "N: * 1 FETCH …"),
        new("9051 4.2", "A number may be up to 32 bits where a message is numbered; more is BAD.", Given.Selected(1), "C: a UID FETCH 4294967295 FLAGS", "S: a OK …", "C: b UID FETCH 4294967296 FLAGS", "S: b BAD …"),
        new("9051 4.3", "A quoted string may hold a quote and a backslash behind a backslash.", Given.LoggedIn, "C: b CREATE \"q\\\"q\"", "S: b OK …", "C: c LIST \"\" \"q*\"", "S: * LIST … \"q\\\"q\""),
        new("9051 4.3", "The empty string is taken as \"\" and as a literal of no octets.", Given.LoggedIn, "C: a LIST \"\" \"\"", "S: * LIST …", "C: b LIST {0+}\r\n \"\"", "S: * LIST …", "S: b OK …"),
        new("9051 4.3", "A non-synchronizing literal is taken without a continuation request.", Given.Connected, "C: a LOGIN {16+}\r\njohn@example.com {9+}\r\nsummersun", "N: +…", "S: a OK …"),
        new("9051 4.3", "A non-synchronizing literal of more than 4096 octets is not taken before login, and ends the session.", Given.Connected, "C: a LOGIN {4097+}\r\n" + new string('x', 4097) + " x", "S: * BYE …", "N: a OK …"),
        new("9051 4.3.1", "IMAP4rev2 takes UTF-8 in quoted strings and gives it back.", Given.LoggedIn.Rev2(), "C: a CREATE \"\u00c3\u00bc\"", "S: a OK …", "C: b LIST \"\" *", "S: * LIST … \"\u00c3\u00bc\""),
        new("9051 4.3.1", "Octets that are no UTF-8 are not taken in a quoted string.", Given.LoggedIn.Rev2(), "C: a CREATE \"\u00fc\"", "S: a BAD …", "C: b SUBSCRIBE \"\u00c3\"", "S: b BAD …"),
        new("9051 4.3.1", "A literal8 is taken by APPEND.", Given.Selected(0), "C: a APPEND INBOX ~{9+}\r\na: b\r\n\r\nx", "S: a OK …"),
        new("9051 4.4", "A list is in parentheses, and may be empty.", Given.Selected(1), "C: a STORE 1 FLAGS ()", "S: * 1 FETCH (…FLAGS ()…)", "S: a OK …"),
        new("9051 4.5", "What is not there is NIL, and not the string \"NIL\".", Given.Selected("Subject: NIL\n\n"), "C: a FETCH 1 ENVELOPE", "S: * 1 FETCH (ENVELOPE (NIL \"NIL\" NIL …))"),
        new("9051 5.1", "INBOX is the same in any case.", Given.LoggedIn, "C: a SELECT inBox", "S: a OK …", "C: b CREATE iNBOX", "S: b NO …"),
        new("9051 5.1", "Other names keep their case.", Given.LoggedIn, "C: a CREATE Box", "C: b LIST \"\" \"Box\"", "S: * LIST … \"Box\""),
        new("3501 5.1.3", "In IMAP4rev1 a name is in modified UTF-7.", Given.LoggedIn, "C: a CREATE \"&APw-\"", "S: a OK …", "C: b LIST \"\" *", "S: * LIST … \"&APw-\""),
        new("3501 5.1.3", "An ampersand is written &-.", Given.LoggedIn, "C: a CREATE \"A&-B\"", "S: a OK …", "C: b LIST \"\" A*", "S: * LIST … \"A&-B\""),
        new("3501 5.1.3", "A name that is not modified UTF-7 is NO.", Given.LoggedIn, "C: a CREATE \"A&B\"", "S: a NO [CANNOT] …", "C: b SELECT \"A&B\"", "S: b NO [CANNOT] …", "C: c CREATE x", "C: d RENAME x \"A&B\"", "S: d NO [CANNOT] …"),
        new("9051 5.1", "In IMAP4rev2 an ampersand stands for itself.", Given.LoggedIn.Rev2(), "C: a CREATE \"A&B\"", "S: a OK …", "C: b LIST \"\" A*", "S: * LIST … \"A&B\""),
        new("9051 5.1", "A name that is not normalized is not created.", Given.LoggedIn.Rev2(), "C: a CREATE \"u\u00cc\u0088\"", "S: a NO [CANNOT] …", "C: b LIST \"\" u*", "N: * LIST…", "S: b OK …"),
        new("9051 5.1", "A name with control characters is not created.", Given.LoggedIn.Rev2(), "C: a CREATE \"x\u0007y\"", "S: a NO [CANNOT] …"),
        new("9051 5.1", "A wildcard may be in a name that is quoted or refused, and is not taken for one in other commands.", Given.LoggedIn, "C: a CREATE x", "C: b SELECT \"*\"", "S: b NO …", "C: c DELETE \"%\"", "S: c NO …", "C: d LIST \"\" x", "S: * LIST (…) \"/\" \"x\""),
        new("9051 5.1.1", "The hierarchy separator is told by LIST of an empty name.", Given.LoggedIn, "C: a LIST \"\" \"\"", "S: * LIST (\\Noselect) \"/\" \"\"", "S: a OK …"),
        new("9051 5.1.1", "All levels of a name have one separator.", Given.LoggedIn, "C: a CREATE a/b/c", "C: b LIST \"\" a*", "S: * LIST (…) \"/\" \"a\"", "S: * LIST (…) \"/\" \"a/b\"", "S: * LIST (…) \"/\" \"a/b/c\"", "S: b OK …"),
        new("9051 5.1.2", "INBOX is in the personal namespace.", Given.LoggedIn, "C: a NAMESPACE", "S: * NAMESPACE ((\"\" \"/\")…) …", "C: b LIST \"\" INBOX", "S: * LIST (…) \"/\" \"INBOX\""),
        new("9051 5.2", "A server tells the size of the mailbox when it has changed while a command is processed.", Given.Selected(1), "2: APPEND INBOX {3+}\r\na:b", "C: a FETCH 1 FLAGS", "S: * 2 EXISTS", "S: a OK …"),
        new("9051 5.2", "A flag that another session set is told.", Given.Selected(1), "2: STORE 1 +FLAGS (\\Flagged)", "C: a NOOP", "S: * 1 FETCH (…FLAGS (\\Flagged)…)", "S: a OK …"),
        new("9051 5.2", "A message that another session expunged is told at NOOP.", Given.Selected(2), "2: STORE 1 +FLAGS (\\Deleted)", "2: EXPUNGE", "C: a NOOP", "S: * 1 EXPUNGE", "S: a OK …"),
        new("9051 5.4", "A client that logged in may be silent for half an hour.", Given.Selected(1), "T: 29", "C: a NOOP", "S: a OK …"),
        new("9051 5.4", "A client that did not log in is let go sooner.", Given.Connected, "T: 2", "W: * BYE …", "S: (closed)"),
        new("9051 5.5", "A command that changes what the next one finds is done before it.", Given.Selected(2), "C: a FETCH 1 BODY[]\r\nb SEARCH UNSEEN", "S: a OK …", "C: c NOOP", "S: * SEARCH 2", "S: b OK …", "S: c OK …"),
        new("9051 5.5", "No EXPUNGE is told between FETCH, STORE and SEARCH that are sent together.", Given.Selected(3), "2: STORE 1 +FLAGS (\\Deleted)", "2: EXPUNGE", "C: a FETCH 2 UID\r\nb STORE 3 FLAGS (\\Seen)\r\nc SEARCH SEEN\r\nd NOOP", "S: * 2 FETCH (UID 2)", "S: a OK …", "C: e NOOP", "S: * 3 FETCH (…FLAGS (\\Seen))", "S: b OK …", "S: * SEARCH 3", "S: c OK …", "S: * 1 EXPUNGE", "S: d OK …"),
        new("9051 5.5", "Commands that are sent together are answered in order.", Given.Selected(1), "C: a FETCH 1 FLAGS\r\nb NOOP\r\nc STORE 1 FLAGS (\\Seen)", "S: a OK …", "C: d NOOP", "S: b OK …", "S: c OK …", "S: d OK …"),
    ];
}
