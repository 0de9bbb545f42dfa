namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 section 3: the states of a session.</summary>
internal static class Section3Rules
{
    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 3", "A command in a state that does not allow it is BAD or NO.", Given.Connected, "C: a SELECT INBOX", "S: a BAD …", "C: b FETCH 1 FLAGS", "S: b BAD …"),
        new("9051 3.1", "Before login most commands are refused.", Given.Connected, "C: a LIST \"\" *", "S: a BAD …", "N: * LIST…"),
        new("9051 3.2", "After login a mailbox must be selected before messages are reached.", Given.LoggedInWith(1), "C: a FETCH 1 FLAGS", "S: a BAD …", "C: b SELECT INBOX", "S: b OK …", "C: c FETCH 1 FLAGS", "S: * 1 FETCH …"),
        new("9051 3.2", "A SELECT that fails leaves the authenticated state, with no mailbox selected.", Given.Selected(1), "C: a SELECT nowhere", "S: a NO …", "C: b FETCH 1 FLAGS", "S: b BAD …", "C: c LIST \"\" INBOX", "S: c OK …"),
        new("9051 3.3", "In the selected state a mailbox is there until CLOSE or UNSELECT.", Given.Selected(1), "C: a FETCH 1 FLAGS", "S: a OK …", "C: b UNSELECT", "S: b OK …", "C: c FETCH 1 FLAGS", "S: c BAD …"),
        new("9051 3.4", "The server says BYE before it closes after LOGOUT, and then answers OK.", Given.Connected, "C: a LOGOUT", "S: * BYE …", "S: a OK …", "S: (closed)"),
        new("9051 3.4", "LOGOUT is allowed in every state.", Given.Selected(1), "C: a LOGOUT", "S: * BYE …", "S: a OK …", "S: (closed)"),
        new("9051 3.4", "What is sent along with LOGOUT is no command.", Given.LoggedIn, "C: a LOGOUT\r\nb CREATE x", "S: * BYE …", "S: a OK …", "2: CREATE x", "O: o OK …"),
    ];
}
