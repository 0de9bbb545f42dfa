using System.Collections.Immutable;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>An inode: a file has content, a directory has names.</summary>
internal sealed record DiskNode(FileContent? Content, ImmutableSortedDictionary<string, int>? Names, DateTimeOffset Modified)
{
    private static readonly ImmutableSortedDictionary<string, int> NoNames = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    internal bool IsDirectory => Names is not null;

    internal static DiskNode Directory(DateTimeOffset time) => new(null, NoNames, time);

    internal static DiskNode File(DateTimeOffset time) => new(FileContent.Empty, null, time);
}
