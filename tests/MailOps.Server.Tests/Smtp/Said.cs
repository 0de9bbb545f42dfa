using System.Text;
using MailOps.Maildir;
using MailOps.Server.Smtp;
using MailOps.Smtp;

namespace MailOps.Server.Tests.Smtp;

/// <summary>Hooks that answer what a test has them say.</summary>
internal sealed class Said : IMailHooks
{
    /// <summary>Answers for a recipient's address; null has nobody ask.</summary>
    public Func<string, SmtpReply?>? Recipient { get; init; }

    /// <summary>Answers for a message, which it gets whole; null has nobody ask.</summary>
    public Func<string, SmtpReply?>? Message { get; init; }

    /// <summary>The transaction of the recipient that was asked for last.</summary>
    public HookedTransaction? Last { get; private set; }

    public bool HearsRecipients => Recipient is not null;

    public bool HearsMessages => Message is not null;

    public async ValueTask<SmtpReply?> RecipientAsync(HookedTransaction transaction, string recipient, CancellationToken cancel)
    {
        await Task.Yield();
        Last = transaction;
        return Recipient!(recipient);
    }

    public async ValueTask<SmtpReply?> MessageAsync(HookedTransaction transaction, MessageBlob message, CancellationToken cancel)
    {
        await Task.Yield();
        return Message!(Encoding.UTF8.GetString((await message.ReadAllAsync(cancel)).Span));
    }
}
