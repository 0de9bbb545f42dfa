using MailOps.Client.Archives;
using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>What a message of another cmdlet brings with it: its flags and when it arrived.</summary>
internal static class MaildirMessageFacts
{
    internal static (IReadOnlyList<string> Flags, DateTimeOffset? Arrived) Of(object message) => message switch
    {
        MaildirMessage maildir => (maildir.Flags, maildir.InternalDate),
        ImapMessage imap => ([.. imap.Flags.Where(flag => flag != "\\Recent")], imap.InternalDate),
        ArchivedMessage archived => (archived.Flags, archived.InternalDate),
        _ => ([], null),
    };
}
