using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;

namespace MailOps.Client.Mailboxes;

/// <summary>The library's folder with what it lacks: an OK that says no more opens it, and a search may find the highest UID that there can be.</summary>
internal sealed class LibraryFolder(ImapFolderConstructorArgs args) : MailKit.Net.Imap.ImapFolder(args)
{
    /// <summary>
    /// Opens it. The server should say [READ-ONLY] to EXAMINE and [READ-WRITE] to SELECT (RFC 9051 sections 6.3.2 and 6.3.3). Without the
    /// code EXAMINE is read-only in any case, and SELECT is not: a server that permits no changes must say so.
    /// </summary>
    public override async Task<FolderAccess> OpenAsync(FolderAccess access, CancellationToken cancellationToken = default)
    {
        if (await base.OpenAsync(access, cancellationToken).ConfigureAwait(false) == FolderAccess.None)
            Access = access;
        return Access;
    }

    /// <inheritdoc/>
    public override async Task<IList<UniqueId>> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default) =>
        ListOf(await base.SearchAsync(query, cancellationToken).ConfigureAwait(false));

    /// <summary>The UIDs that a search found. The library's own set counts on behind 4294967295 (RFC 9051 section 9, nz-number), and fails.</summary>
    internal static IList<UniqueId> ListOf(IList<UniqueId> found)
    {
        if (found is not UniqueIdSet set || !set.Remove(UniqueId.MaxValue))
            return found;
        return [.. set, new UniqueId(set.Validity, uint.MaxValue)];
    }
}
