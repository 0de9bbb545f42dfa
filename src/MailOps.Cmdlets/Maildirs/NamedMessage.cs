using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>A message as it was given to a cmdlet, and what errors call it.</summary>
/// <param name="Value">What was given.</param>
/// <param name="Number">Which one it was, counted from 1.</param>
internal sealed record NamedMessage(object Value, int Number)
{
    /// <summary>What it was made of, for who reads results: a file's path, or a message's subject.</summary>
    public string? Label => Value switch
    {
        FileInfo file => file.FullName,
        MailboxItem item => item.Subject,
        _ => null,
    };

    public override string ToString() => Value switch
    {
        FileInfo file => $"'{file.FullName}'",
        MaildirMessage message => $"Message {message} of '{message.Path}'",
        MailboxItem { Subject: { Length: > 0 } subject } => $"Message {Number} ('{subject}')",
        _ => $"Message {Number}",
    };
}
