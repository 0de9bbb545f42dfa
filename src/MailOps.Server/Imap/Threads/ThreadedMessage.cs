using MailOps.Maildir;
using MailOps.Messages;
using MailOps.Server.Imap.Search;
using MailOps.Server.Imap.Sorting;

namespace MailOps.Server.Imap.Threads;

/// <summary>What threads are made of, of one message.</summary>
/// <param name="Place">Its place in the view.</param>
/// <param name="Sent">When it was sent, in seconds since 1970.</param>
/// <param name="Subject">Its base subject, as texts are compared.</param>
/// <param name="IsReply">True if its subject says that it is a reply or forward.</param>
/// <param name="Id">Its message id, or null.</param>
/// <param name="References">The ids of its ancestors, the oldest first.</param>
internal sealed record ThreadedMessage(int Place, long Sent, string Subject, bool IsReply, string? Id, IReadOnlyList<string> References)
{
    // The nearest ancestors: threads of people are not so deep, and for each id the way up from it may have to be gone.
    private const int MostReferences = 1000;

    /// <summary>Reads what is found in a mailbox, each message once.</summary>
    public static async ValueTask<List<ThreadedMessage>> ReadAsync(IMailbox mailbox, IReadOnlyList<int> found, CommandProgress? progress, CancellationToken cancel)
    {
        var messages = new List<ThreadedMessage>(found.Count);
        await using var digests = new RecordSequence(mailbox, RecordKind.Digest, found.Select(place => mailbox.Messages[place]));
        foreach (var place in found)
        {
            var digest = await digests.NextAsync(cancel) is { } record ? new MessageDigest(record) : (MessageDigest?)null;
            if (progress is not null)
                await progress.ReportAsync(messages.Count, found.Count);
            messages.Add(Of(place, SentDate.Of(mailbox, mailbox.Messages[place], digest), digest));
        }

        return messages;
    }

    private static ThreadedMessage Of(int place, long sent, MessageDigest? digest)
    {
        if (digest is not { } there)
            return new ThreadedMessage(place, sent, "", false, null, []);
        var subject = there.TryField(HeaderField.Subject, out var value) ? BaseSubject.Of(FieldText.Decode(value)) : default;
        string? id = null;
        if (there.TryField(HeaderField.MessageId, out var own) && new MessageIds(own) is var ids && ids.MoveNext())
            id = ids.Current;
        return new ThreadedMessage(place, sent, UnicodeCasemap.KeyOf(subject.Text ?? ""), subject.IsReply, id, ReferencesOf(there));
    }

    // RFC 5256 section 3: In-Reply-To counts where References has nothing, and the first id of it alone.
    private static List<string> ReferencesOf(MessageDigest digest)
    {
        var references = new List<string>();
        if (digest.TryField(HeaderField.References, out var value))
        {
            for (var ids = new MessageIds(value); ids.MoveNext();)
                references.Add(ids.Current);
            if (references.Count > MostReferences)
                references.RemoveRange(0, references.Count - MostReferences);
        }

        if (references.Count == 0 && digest.TryField(HeaderField.InReplyTo, out var parent) && new MessageIds(parent) is var first && first.MoveNext())
            references.Add(first.Current);
        return references;
    }
}
