using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Maildir;
using MailOps.Server.Smtp;
using MailOps.Smtp;

namespace MailOps.Cmdlets.Servers;

/// <summary>Script blocks that say what becomes of recipients and messages.</summary>
internal sealed class ScriptHooks(ServerScript? onRecipient, ServerScript? onMessage) : IMailHooks, IDisposable
{
    // What is larger is read as far as the script asks for it, from where the server keeps it.
    private const int MostCopied = 1024 * 1024;

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
        return Understand(await onRecipient!.RunAsync(() => asked, cancel).ConfigureAwait(false), "OnRecipient");
    }

    /// <inheritdoc/>
    public async ValueTask<SmtpReply?> MessageAsync(HookedTransaction transaction, MessageBlob message, CancellationToken cancel)
    {
        var time = DateTimeOffset.Now;
        return Understand(await onMessage!.RunAsync(() => Received(transaction, message, time), cancel).ConfigureAwait(false), "OnMessage");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        onRecipient?.Dispose();
        onMessage?.Dispose();
    }

    private static ReceivedMessage Received(HookedTransaction transaction, MessageBlob message, DateTimeOffset time) => new(Content(message))
    {
        Number = 1,
        Size = message.Length,
        ServerId = 0,
        QueueId = null,
        Time = time,
        Sender = transaction.Sender,
        Recipient = [.. transaction.Recipients],
        Session = transaction.Session,
        Remote = transaction.Remote,
        Login = transaction.Login,
    };

    private static MessageBlob Content(MessageBlob message)
    {
        if (message.Length > MostCopied)
            return message;
        var octets = new byte[message.Length];
        _ = message.Read(octets, 0);
        return MessageBlob.FromStream(new MemoryStream(octets, writable: false));
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
