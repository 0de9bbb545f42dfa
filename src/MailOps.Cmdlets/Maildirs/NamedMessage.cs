using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;
using MailOps.Cmdlets.Runtime;

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

    /// <summary>The error that it was not added.</summary>
    public ErrorRecord NotAdded(Exception thrown) => Not("added", thrown);

    /// <summary>The error that something was not done with it.</summary>
    /// <param name="done">What was not done: <c>sent</c>.</param>
    /// <param name="thrown">Why.</param>
    public ErrorRecord Not(string done, Exception thrown)
    {
        var error = ErrorRecords.From(thrown, Value);
        error.ErrorDetails = new ErrorDetails($"{this} was not {done}: {error.Exception.Message}");
        return error;
    }

    public override string ToString() => Value switch
    {
        FileInfo file => $"'{file.FullName}'",
        MaildirMessage message => $"Message {message} of '{message.Path}'",
        MailboxItem { Subject: { Length: > 0 } subject } => $"Message {Number} ('{subject}')",
        _ => $"Message {Number}",
    };
}
