namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 section 11 and appendices A, D and E: what must be kept safe, what IMAP4rev2 changed, and what stays for IMAP4rev1.</summary>
internal static class AppendixRules
{
    private const string UtfName = "\u00c3\u00bc";

    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 A", "Both versions are among the capabilities.", Given.LoggedIn, "C: a CAPABILITY", "U: * CAPABILITY …IMAP4rev1…", "U: * CAPABILITY …IMAP4rev2…"),
        new("9051 A", "No UTF-8 is in a quoted string before IMAP4rev2 is enabled.", Given.LoggedInWith(0), "2: ENABLE IMAP4rev2", "2: CREATE \"" + UtfName + "\"", "C: a LIST \"\" *", "U: * LIST (…) \"/\" \"&APw-\"", "N: …\u00c3…", "C: b STATUS \"&APw-\" (MESSAGES)", "S: * STATUS \"&APw-\" (MESSAGES 0)"),
        new("9051 A", "A name is one mailbox for both versions.", Given.LoggedIn, "C: a CREATE \"&APw-\"", "C: b ENABLE IMAP4rev2", "C: c LIST \"\" " + "\"" + UtfName + "\"", "S: * LIST (…) \"/\" \"" + UtfName + "\"", "C: d SELECT \"" + UtfName + "\"", "S: d OK …"),
        new("9051 A.1", "Modified UTF-7 keeps its form, upper and lower case apart.", Given.LoggedIn, "C: a CREATE \"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"", "S: a OK …", "C: b LIST \"\" \"~peter/mail/*\"", "S: * LIST (…) \"/\" \"~peter/mail/&U,BTFw-\"", "S: * LIST (…) \"/\" \"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""),
        Refused("Modified UTF-7 without its end is refused.", "&Jjo!"),
        Refused("Modified UTF-7 with a shift that is not needed is refused.", "&U,BTFw-&ZeVnLIqe-"),
        Refused("Modified UTF-7 of what is plain US-ASCII is refused.", "&AEE-"),
        Refused("Modified UTF-7 that ends within its base64 is refused.", "&APw"),
        new("9051 D", "A literal that says more octets than can be taken is refused, and the session goes on.", Given.LoggedIn, "C: a APPEND INBOX {9223372036854775807}", "N: +…", "S: a NO [TOOBIG] …", "C: b NOOP", "S: b OK …"),
        new("9051 E.2", "What was folded into IMAP4rev2 is announced by name as well, for IMAP4rev1.", Given.LoggedIn, "C: a CAPABILITY", "U: …NAMESPACE…", "U: …UNSELECT…", "U: …UIDPLUS…", "U: …ESEARCH…", "U: …SEARCHRES…", "U: …ENABLE…", "U: …IDLE…", "U: …SASL-IR…", "U: …LIST-EXTENDED…", "U: …LIST-STATUS…", "U: …MOVE…", "U: …LITERAL+…", "U: …BINARY…", "U: …SPECIAL-USE…", "U: …STATUS=SIZE…"),
        new("9051 E.3", "STATUS takes SIZE and DELETED.", Given.LoggedInWith(2), "2: STORE 2 FLAGS (\\Deleted)", "C: a STATUS INBOX (DELETED SIZE)", "S: * STATUS \"INBOX\" (DELETED 1 SIZE 82)", "S: a OK …"),
        new("9051 E.10", "SELECT and EXAMINE tell LIST of the mailbox, in IMAP4rev2.", Given.LoggedIn.Rev2(), "C: a CREATE x", "C: b SELECT x", "S: * LIST (\\HasNoChildren) \"/\" \"x\"", "S: b OK …", "C: c EXAMINE x", "S: * LIST (\\HasNoChildren) \"/\" \"x\"", "S: c OK …"),
        new("9051 E.11", "SELECT tells no UNSEEN, in IMAP4rev2.", Given.LoggedInWith(1).Rev2(), "C: a SELECT INBOX", "N: …UNSEEN…", "S: a OK …"),
        new("9051 E.12", "RECENT is not told, in IMAP4rev2, not with SELECT and not when messages come.", Given.LoggedInWith(1).Rev2(), "C: a SELECT INBOX", "N: …RECENT…", "N: …\\Recent…", "C: b APPEND INBOX {3+}\r\na:b", "S: * 2 EXISTS", "N: …RECENT…"),
        new("9051 E.16", "A header may be in UTF-8, and ENVELOPE tells it so.", Given.Selected("Subject: gr\u00c3\u00bcn\n\n").Rev2(), "C: a FETCH 1 ENVELOPE", "S: * 1 FETCH (ENVELOPE (NIL \"gr\u00c3\u00bcn\" NIL …", "S: a OK …"),
        new("9051 E.17", "CHECK is taken in IMAP4rev2 too, since IMAP4rev1 is announced.", Given.Selected(0).Rev2(), "C: a CHECK", "S: a OK …"),
        new("9051 E.18", "RFC822 is taken in IMAP4rev2 too, since IMAP4rev1 is announced.", Given.Selected("a: b\n\n").Rev2(), "C: a FETCH 1 RFC822.HEADER", "S: * 1 FETCH (RFC822.HEADER {8}\r\na: b\r\n\r\n)"),
        new("9051 E.19", "LSUB is taken in IMAP4rev2 too, since IMAP4rev1 is announced.", Given.LoggedIn.Rev2(), "C: a SUBSCRIBE INBOX", "C: b LSUB \"\" *", "S: * LSUB (…) \"/\" \"INBOX\"", "S: b OK …"),
        new("9051 E.21", "Every FETCH that was not asked for has the UID: after STORE, with \\Seen, of what others did.", Given.Selected(1).Rev2(), "C: a STORE 1 +FLAGS (\\Flagged)", "S: * 1 FETCH (UID 1 FLAGS (\\Flagged))", "C: b FETCH 1 BODY[TEXT]", "S: * 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen) BODY[TEXT] …", "2: STORE 1 FLAGS ()", "C: c NOOP", "S: * 1 FETCH (UID 1 FLAGS ())"),
        new("9051 E.28", "Any command puts off the end of a silent session.", Given.LoggedIn, "T: 29", "C: a NOOP", "S: a OK …", "T: 29", "C: b FROB", "S: b BAD …", "T: 29", "C: c NOOP", "S: c OK …"),
        new("9051 11.5", "A user whose mailboxes are not shared is not listed to others, and one who shares them is.", Given.Connected, "C: a LOGIN jane@example.com summersun", "C: b LIST \"\" user/*", "N: …john…", "S: b OK …", "2: SETACL INBOX jane@example.com lr", "C: c LIST \"\" user/*", "U: * LIST (…) \"/\" \"user/john@example.com\"", "S: c OK …"),
        new("9051 11.7", "A password that is sent in the clear is refused where that is asked for, the right one as a wrong one.", Given.ConnectedInTheClear, "C: a LOGIN john@example.com summersun", "S: a NO [PRIVACYREQUIRED] ‹text› …", "C: b LOGIN john@example.com wrong", "S: b NO [PRIVACYREQUIRED] ‹text› …", "C: c AUTHENTICATE PLAIN AGpvaG5AZXhhbXBsZS5jb20Ac3VtbWVyc3Vu", "S: c NO [PRIVACYREQUIRED] …"),
    ];

    private static Rule Refused(string text, string name) =>
        new("9051 A.1", text, Given.LoggedIn, $"C: a CREATE \"{name}\"", "S: a NO [CANNOT] …", "C: b LIST \"\" *", "N: …&…", "S: b OK …");
}
