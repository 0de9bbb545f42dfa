using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Server.Smtp;
using MailOps.Smtp;

namespace MailOps.Cmdlets.Servers;

/// <summary>Script blocks that say what becomes of recipients and messages.</summary>
internal sealed class ScriptHooks(ServerScript? onRecipient, ServerScript? onMessage) : IMailHooks, IDisposable
{
    private static readonly SmtpReply Refused = new(550, new EnhancedStatusCode(5, 7, 1), "Refused");

    /// <inheritdoc/>
    public bool HearsRecipients => onRecipient is not null;

    /// <inheritdoc/>
    public bool HearsMessages => onMessage is not null;

    /// <inheritdoc/>
    public async ValueTask<SmtpReply?> RecipientAsync(HookedTransaction transaction, string recipient, CancellationToken cancel)
    {
        var asked = new MailRecipient
        {
            Recipient = recipient,
            Sender = transaction.Sender,
            Recipients = [.. transaction.Recipients],
            Session = transaction.Session,
            Protocol = transaction.Protocol,
            Remote = transaction.Remote,
            ClientName = transaction.ClientName,
            Login = transaction.Login,
            Tls = transaction.Tls,
        };
        return Understand(await onRecipient!.RunAsync(asked, cancel).ConfigureAwait(false), "OnRecipient");
    }

    /// <inheritdoc/>
    public async ValueTask<SmtpReply?> MessageAsync(HookedTransaction transaction, ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        var asked = new ReceivedMessage(message.ToArray())
        {
            Number = 1,
            Size = message.Length,
            ServerId = 0,
            QueueId = null,
            Time = DateTimeOffset.Now,
            Sender = transaction.Sender,
            Recipient = [.. transaction.Recipients],
            Session = transaction.Session,
            Remote = transaction.Remote,
            Login = transaction.Login,
        };
        return Understand(await onMessage!.RunAsync(asked, cancel).ConfigureAwait(false), "OnMessage");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        onRecipient?.Dispose();
        onMessage?.Dispose();
    }

    // Nothing and $true take it, $false refuses it, a reply is the reply. Anything else is a mistake, and no message may be lost or let in by one.
    private static SmtpReply? Understand(IReadOnlyList<object?> output, string name) => output switch
    {
        [] or [true] => null,
        [false] => Refused,
        [string text] when GivenReply.TryParse(text, out var reply) => reply,
        _ => throw new RuntimeException($"-{name}: the script wrote {string.Join(", ", output.Select(one => $"'{one}'"))}. It may write nothing or $true to accept, $false to refuse, or one reply such as '550 5.7.1 Not here' or '451 4.7.1 Later'."),
    };
}
