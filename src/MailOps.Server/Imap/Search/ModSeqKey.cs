using System.Buffers;
using System.Text;

namespace MailOps.Server.Imap.Search;

/// <summary>
/// MODSEQ (RFC 7162 section 3.1.5): messages whose mod-sequence is this or a higher one. A flag and its kind may be named and are passed
/// over: here one number stands for all flags of a message.
/// </summary>
internal sealed record ModSeqKey(ulong ModSeq) : SearchKey
{
    private const string Prefix = "/flags/";

    public override bool? MatchesView(SearchedMessage message) => message.Message.ModSeq >= ModSeq;

    /// <summary>Reads what follows the name and its space.</summary>
    public static ModSeqKey? TryParse(ref ImapReader reader)
    {
        if (reader.Sees('"') && !(TryParseEntry(ref reader) && reader.Space()))
            return null;
        return reader.ModSeqOrZero(out var modSeq) ? new ModSeqKey(modSeq) : null;
    }

    // An entry-name and an entry-type-req (section 7): "/flags/\\seen" all
    private static bool TryParseEntry(ref ImapReader reader) =>
        reader.String(out var entry) && entry.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && IsFlag(entry[Prefix.Length..])
        && reader.Space() && reader.Word(out var type) && type is "PRIV" or "SHARED" or "ALL";

    private static bool IsFlag(string name)
    {
        var flag = new ImapReader(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(name)));
        flag.Is('\\');
        return flag.Atom(out _) && flag.End && !name.Equals("\\Recent", StringComparison.OrdinalIgnoreCase);
    }
}
