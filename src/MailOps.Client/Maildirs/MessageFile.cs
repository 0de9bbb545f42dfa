using MailOps.Maildir;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs;

/// <summary>A message's file.</summary>
/// <param name="Name">Its name, with the info.</param>
/// <param name="InNew">True if it lies in <c>new</c>.</param>
internal readonly record struct MessageFile(string Name, bool InNew)
{
    private static readonly (SystemFlags Flag, string Name)[] Names =
    [
        (SystemFlags.Seen, "\\Seen"), (SystemFlags.Answered, "\\Answered"), (SystemFlags.Flagged, "\\Flagged"), (SystemFlags.Deleted, "\\Deleted"), (SystemFlags.Draft, "\\Draft"),
    ];

    internal string Base { get; } = Name[..MessageFileName.InfoStart(Name)];

    /// <summary>0 if it has none.</summary>
    internal uint Uid { get; init; }

    /// <summary>Octets as sent by the UID list; -1 if that does not say.</summary>
    internal long SizeInList { get; init; } = -1;

    internal MessageLetters Letters => MessageLetters.In(Name.AsSpan(Base.Length));

    internal SystemFlags SystemFlags => Letters.System;

    /// <summary>Octets as sent, or those on disk where that is not known; -1 if the name does not tell either.</summary>
    internal long Size => MessageFileName.SizeIn(Base, 'W') is >= 0 and var asSent ? asSent : SizeInList >= 0 ? SizeInList : MessageFileName.SizeIn(Base, 'S');

    internal string PathIn(string folder) => Path.Join(folder, InNew ? "new" : "cur", Name);

    /// <summary>System flags such as <c>\Seen</c>, then keywords.</summary>
    internal IReadOnlyList<string> FlagNames(KeywordTable keywords)
    {
        var flags = SystemFlags;
        return [.. Names.Where(one => flags.HasFlag(one.Flag)).Select(one => one.Name), .. keywords.KeywordsOf(Letters.Keywords)];
    }
}
