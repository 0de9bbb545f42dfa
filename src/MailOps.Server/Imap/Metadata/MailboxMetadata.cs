using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Maildir.Annotations;

namespace MailOps.Server.Imap.Metadata;

/// <summary>The annotations of a mailbox as its clients see and set them: what the store keeps, and its special uses (RFC 6154 section 4).</summary>
internal static class MailboxMetadata
{
    /// <summary>All that is there; null if there is no such mailbox.</summary>
    public static async ValueTask<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?> GetAsync(IMailAccount account, string? mailbox, CancellationToken cancel)
    {
        if (await account.GetAnnotationsAsync(mailbox, cancel) is not { } kept)
            return null;
        return mailbox is null ? kept : With(await SpecialUses.ReadOneAsync(account, mailbox, await account.ListAsync(cancel), cancel), kept);
    }

    /// <summary>What the store keeps, with what a mailbox is for.</summary>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> With(IReadOnlyList<string> uses, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> kept)
    {
        var all = new Dictionary<string, ReadOnlyMemory<byte>>(kept, StringComparer.Ordinal);
        if (uses.Count > 0)
            all[SpecialUses.Entry] = Encoding.ASCII.GetBytes(string.Join(' ', uses));
        else
            all.Remove(SpecialUses.Entry);
        return all;
    }

    /// <summary>Sets entries, all or none.</summary>
    public static async ValueTask<Completion> SetAsync(IMailAccount account, string? mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes, CancellationToken cancel)
    {
        var uses = mailbox is not null && changes.TryGetValue(SpecialUses.Entry, out var value) ? Encoding.UTF8.GetString((value ?? default).Span).Split(' ', StringSplitOptions.RemoveEmptyEntries) : null;
        if (uses is not null && SpecialUses.ProblemOf(mailbox!, uses) is { } problem)
            return Completion.No(ResponseCode.UseAttr, problem);
        // An empty value says that it is for nothing, whatever its name tells.
        var kept = uses is null ? changes : changes.ToDictionary(change => change.Key, change => change.Key == SpecialUses.Entry ? SpecialUses.Written(uses) : change.Value, StringComparer.Ordinal);
        switch (await account.SetAnnotationsAsync(mailbox, kept, cancel))
        {
            case AnnotationOutcome.NonExistent:
                return Completion.No(ResponseCode.NonExistent, "No such mailbox");
            case AnnotationOutcome.NotPermitted:
                return ImapSession.NotPermitted(MailboxRights.Read);
            case AnnotationOutcome.NoPrivate:
                return Completion.No(ResponseCode.MetadataNoPrivate, "Private entries are kept in one's own mailboxes alone");
            case AnnotationOutcome.TooMany:
                return Completion.No(ResponseCode.MetadataTooMany, FormattableString.Invariant($"There can be {AnnotationLimits.MostEntries} entries"));
        }

        if (uses is { Length: > 0 })
            await SpecialUses.TakeFromOthersAsync(account, mailbox!, uses, cancel);
        return Completion.Ok("Set");
    }
}
