namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 sections 6.1 to 6.3.3: commands of any state and before login, ENABLE, SELECT and EXAMINE.</summary>
internal static class Section6Rules
{
    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 6.1.1", "CAPABILITY is answered by one untagged CAPABILITY before OK.", Given.Connected, "C: a CAPABILITY", "S: * CAPABILITY …", "N: * OK…", "S: a OK …"),
        new("9051 6.1.1", "IMAP4rev2 is among the capabilities.", Given.LoggedIn, "C: a CAPABILITY", "S: * CAPABILITY … IMAP4rev2…"),
        new("3501 6.1.1", "IMAP4rev1 is among the capabilities.", Given.LoggedIn, "C: a CAPABILITY", "S: * CAPABILITY IMAP4rev1 …", "S: a OK …"),
        new("9051 6.1.1", "STARTTLS is announced on a connection in the clear.", Given.Connected, "C: a CAPABILITY", "S: * CAPABILITY … STARTTLS…"),
        new("9051 6.1.1", "CAPABILITY takes no arguments.", Given.Connected, "C: a CAPABILITY x", "S: a BAD …"),
        new("9051 6.1.2", "NOOP always succeeds.", Given.Connected, "C: a NOOP", "S: a OK …"),
        new("9051 6.1.2", "NOOP tells what changed in the mailbox.", Given.Selected(1), "2: APPEND INBOX {3+}\r\na:b", "C: a NOOP", "S: * 2 EXISTS", "S: a OK …"),
        new("9051 6.1.2", "NOOP takes no arguments.", Given.LoggedIn, "C: a NOOP x", "S: a BAD …"),
        new("9051 6.1.3", "LOGOUT is answered by BYE and then OK, and the connection is closed.", Given.LoggedIn, "C: a LOGOUT", "S: * BYE …", "S: a OK …", "S: (closed)"),
        new("9051 6.1.3", "LOGOUT takes no arguments.", Given.LoggedIn, "C: a LOGOUT x", "N: * BYE …", "S: a BAD …", "C: b NOOP", "S: b OK …"),
        new("9051 6.2.1", "STARTTLS is BAD after login.", Given.LoggedIn, "C: a STARTTLS", "S: a BAD …"),
        new("9051 6.2.1", "STARTTLS takes no arguments.", Given.Connected, "C: a STARTTLS x", "S: a BAD …"),
        new("9051 6.2.2", "AUTHENTICATE PLAIN asks with an empty continuation request.", Given.Connected, "C: a AUTHENTICATE PLAIN", "S: + ", "C: AGpvaG5AZXhhbXBsZS5jb20Ac3VtbWVyc3Vu", "S: a OK …"),
        new("9051 6.2.2", "An initial response is taken with the command.", Given.Connected, "C: a AUTHENTICATE PLAIN AGpvaG5AZXhhbXBsZS5jb20Ac3VtbWVyc3Vu", "S: a OK …"),
        new("9051 6.2.2", "An asterisk cancels the exchange, which is BAD.", Given.Connected, "C: a AUTHENTICATE PLAIN", "S: + …", "C: *", "S: a BAD …", "C: b NOOP", "S: b OK …"),
        new("9051 6.2.2", "What is not base64 is BAD.", Given.Connected, "C: a AUTHENTICATE PLAIN", "S: + …", "C: !!", "S: a BAD …"),
        new("9051 6.2.2", "A mechanism that is not there is NO.", Given.Connected, "C: a AUTHENTICATE FROB", "S: a NO …"),
        new("9051 6.2.2", "A wrong password is NO, and the state stays.", Given.Connected, "C: a AUTHENTICATE PLAIN AGpvaG5AZXhhbXBsZS5jb20AeA==", "S: a NO …", "C: b LIST \"\" *", "S: b BAD …"),
        new("9051 6.2.2", "AUTHENTICATE is BAD after login.", Given.LoggedIn, "C: a AUTHENTICATE PLAIN", "S: a BAD …", "N: +…"),
        new("9051 6.2.3", "LOGIN takes a user name and a password.", Given.Connected, "C: a LOGIN john@example.com summersun", "S: a OK …", "C: b LIST \"\" *", "S: b OK …"),
        new("9051 6.2.3", "A wrong password is NO, and the state stays.", Given.Connected, "C: a LOGIN john@example.com x", "S: a NO …", "C: b LIST \"\" *", "S: b BAD …"),
        new("9051 6.2.3", "A capability list with the OK of LOGIN is that of the state after it.", Given.Connected, "C: a LOGIN john@example.com summersun", "S: a OK [CAPABILITY …] …", "N: a OK [… AUTH=…] …"),
        new("9051 6.2.3", "LOGIN is BAD after login.", Given.LoggedIn, "C: a LOGIN john@example.com summersun", "S: a BAD …"),
        new("9051 6.3.1", "ENABLE tells what is enabled now.", Given.LoggedIn, "C: a ENABLE IMAP4rev2", "S: * ENABLED IMAP4rev2", "S: a OK …"),
        new("9051 6.3.1", "What cannot be enabled is left out, without an error.", Given.LoggedIn, "C: a ENABLE X-FROB CONDSTORE", "S: * ENABLED CONDSTORE", "S: a OK …", "C: b ENABLE NAMESPACE", "S: * ENABLED", "S: b OK …"),
        new("9051 6.3.1", "ENABLE needs an argument.", Given.LoggedIn, "C: a ENABLE", "S: a BAD …"),
        new("9051 6.3.1", "ENABLE is BAD before login.", Given.Connected, "C: a ENABLE IMAP4rev2", "S: a BAD …", "N: * ENABLED…"),
        new("9051 6.3.2", "SELECT tells FLAGS, EXISTS, PERMANENTFLAGS, UIDNEXT, UIDVALIDITY and LIST before its OK.", Given.LoggedInWith(2).Rev2(), "C: a SELECT INBOX", "U: * FLAGS (…)", "U: * 2 EXISTS", "U: * LIST (…) \"/\" \"INBOX\"", "U: * OK [PERMANENTFLAGS (…)] …", "U: * OK [UIDNEXT 3] …", "U: * OK [UIDVALIDITY …] …", "N: …RECENT…", "N: …UNSEEN…", "S: a OK [READ-WRITE] …"),
        new("3501 6.3.1", "SELECT tells FLAGS, EXISTS, RECENT, UNSEEN, PERMANENTFLAGS, UIDNEXT and UIDVALIDITY before its OK.", Given.LoggedInWith(2), "C: a SELECT INBOX", "U: * FLAGS (…)", "U: * 2 EXISTS", "U: * 0 RECENT", "U: * OK [UNSEEN 1] …", "U: * OK [PERMANENTFLAGS (…)] …", "U: * OK [UIDNEXT 3] …", "U: * OK [UIDVALIDITY …] …", "S: a OK [READ-WRITE] …"),
        new("9051 6.3.2", "A SELECT while a mailbox is selected says CLOSED before what it tells of the new one.", Given.Selected(1), "C: a SELECT INBOX", "S: * OK [CLOSED] …", "S: * 1 EXISTS", "S: a OK …"),
        new("9051 6.3.2", "No CLOSED is told where nothing was selected.", Given.LoggedInWith(1), "C: a SELECT INBOX", "N: …[CLOSED]…", "S: a OK …"),
        new("9051 6.3.2", "SELECT of a mailbox that is not there is NO.", Given.LoggedIn, "C: a SELECT nowhere", "S: a NO …"),
        new("9051 6.3.3", "EXAMINE says READ-ONLY, and no flag can be kept.", Given.LoggedInWith(1), "C: a EXAMINE INBOX", "U: * OK [PERMANENTFLAGS ()] …", "S: a OK [READ-ONLY] …", "C: b STORE 1 FLAGS (\\Seen)", "S: b NO …", "C: c FETCH 1 BODY[]", "N: …\\Seen…", "C: d FETCH 1 FLAGS", "S: * 1 FETCH (FLAGS ())"),
    ];
}
