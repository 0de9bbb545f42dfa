namespace MailOps.Server.Imap;

/// <summary>The states of a session (RFC 3501 section 3), and the sets of them in which a command is legal.</summary>
[Flags]
internal enum ImapStates
{
    NotAuthenticated = 1,
    Authenticated = 2,
    Selected = 4,
    LoggedIn = Authenticated | Selected,
    Any = NotAuthenticated | Authenticated | Selected,
}
