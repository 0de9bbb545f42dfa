using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>A message that FETCH reads: its digest, and its structure and its octets, each only once and only if something asks for it.</summary>
internal sealed class FetchedMessage(IMailbox mailbox, MailboxMessage message, MessageDigest digest) : IDisposable
{
    private MessageStructure? _structure;

    /// <summary>The digest; a missing one if nothing asks for it.</summary>
    public MessageDigest Digest => digest;

    /// <summary>The octets, once something asked for them.</summary>
    public MessageBlob? Blob { get; private set; }

    /// <summary>The structure; null if the message is gone.</summary>
    public async ValueTask<MessageStructure?> StructureAsync(CancellationToken cancel) =>
        _structure ??= await mailbox.StructureAsync(message, cancel);

    /// <summary>The octets; null if the message is gone.</summary>
    public async ValueTask<MessageBlob?> OpenAsync(CancellationToken cancel) =>
        Blob ??= await mailbox.OpenBlobAsync(message, cancel);

    public void Dispose() => Blob?.Dispose();
}
