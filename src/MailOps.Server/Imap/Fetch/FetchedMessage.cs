using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>A message that FETCH reads: what is known of it, and its octets, opened only once and only if something asks for them.</summary>
/// <param name="mailbox">Its mailbox.</param>
/// <param name="message">The message.</param>
/// <param name="digest">Its digest; an empty one if nothing asks for it.</param>
/// <param name="structure">Its structure; null if nothing asks for it.</param>
internal sealed class FetchedMessage(IMailbox mailbox, MailboxMessage message, MessageDigest digest, MessageStructure? structure) : IDisposable
{
    public MessageDigest Digest => digest;

    /// <summary>The structure, which those ask for who said that they need it.</summary>
    public MessageStructure Structure => structure ?? throw new InvalidOperationException("The structure was not asked for.");

    /// <summary>The octets, once something asked for them.</summary>
    public MessageBlob? Blob { get; private set; }

    /// <summary>The octets; null if the message is gone.</summary>
    public async ValueTask<MessageBlob?> OpenAsync(CancellationToken cancel) =>
        Blob ??= await mailbox.OpenBlobAsync(message, cancel);

    public void Dispose() => Blob?.Dispose();
}
