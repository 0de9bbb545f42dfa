namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>How far a session has come before the dialogue of a rule.</summary>
internal enum Stage
{
    Connected,
    LoggedIn,
    Selected,
}
