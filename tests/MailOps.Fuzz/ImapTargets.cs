using System.Buffers;
using System.Text;
using MailOps.Server.Imap;
using MailOps.Server.Imap.Commands;
using MailOps.Server.Imap.Fetch;
using MailOps.Server.Imap.Search;
using static MailOps.Fuzz.Targets;

namespace MailOps.Fuzz;

/// <summary>The parsers of IMAP. In each the first octet of an input says where the buffer is cut in two, as the pipe's is.</summary>
internal static class ImapTargets
{
    /// <summary>The pieces that commands are made of, in any order.</summary>
    public static void ReadPieces(byte[] octets)
    {
        if (octets.Length < 2)
            return;
        var reader = new ImapReader(Cut(octets, octets[0]));
        _ = reader.Tag(out _);
        while (!reader.End)
        {
            var before = reader.Position;
            _ = reader.Space() || reader.Number64(out _) || reader.SequenceSet(out _) || reader.Mailbox(out _) || reader.ListMailbox(out _)
                || reader.NString(out _) || reader.Atom(out _) || reader.Is('(') || reader.Is(')') || reader.LiteralHeader(out _);
            if (reader.Position == before)
                break;
        }
    }

    /// <summary>Whole commands without their tags. Where the buffer is cut changes nothing, nor does UTF-8 where there is none.</summary>
    public static void ReadCommand(byte[] octets)
    {
        if (octets.Length < 2 || CommandOf(octets.AsSpan(1)) is not { } command)
            return;
        // In the place of the first octet stands the last of the name.
        var arguments = octets[command.Name.Length..];
        var whole = new ImapReader(Cut(arguments, 0));
        var cut = new ImapReader(Cut(arguments, octets[0]));
        var isRead = command.Prepare(ref whole) is not null;
        Require(isRead == command.Prepare(ref cut) is not null && whole.Position == cut.Position, $"{command.Name} is read otherwise where it is cut");
        Require(!isRead || whole.End, $"{command.Name} leaves octets");
        var streamed = new ImapReader(Cut(arguments, 0));
        _ = command.Streams(ref streamed);
        // Modified UTF-7 has a spelling of its own for control characters as well.
        if (arguments.AsSpan(1).ContainsAnyExceptInRange((byte)' ', (byte)'~') || arguments.AsSpan().Contains((byte)'&'))
            return;
        var utf8 = new ImapReader(Cut(arguments, 0), hasUtf8: true);
        Require(isRead == command.Prepare(ref utf8) is not null, $"{command.Name} of ASCII is another in UTF-8");
    }

    private static ImapCommand? CommandOf(ReadOnlySpan<byte> text)
    {
        ImapCommand? found = null;
        foreach (var command in ImapProtocol.Table)
        {
            if (text.Length >= command.Name.Length && Ascii.EqualsIgnoreCase(text[..command.Name.Length], command.Name) && command.Name.Length > (found?.Name.Length ?? 0))
                found = command;
        }

        return found;
    }

    /// <summary>Sequence sets: what they name is what one finds who looks at each part.</summary>
    public static void ReadSet(byte[] octets)
    {
        const uint greatest = 40;
        if (octets.Length < 2)
            return;
        var reader = new ImapReader(Cut(octets, octets[0]));
        if (!reader.SequenceSet(out var set))
            return;
        Require(set.Ranges.Count <= SequenceSet.MaxRanges && (set.Ranges.Count > 0 || set.HasSaved), "a set that is none");
        var named = set.Resolve(greatest);
        for (var number = 1u; number <= greatest; number++)
        {
            var expected = set.Ranges.Any(range =>
            {
                var (one, other) = (range.First == SequenceSet.Star ? greatest : range.First, range.Last == SequenceSet.Star ? greatest : range.Last);
                return number >= Math.Min(one, other) && number <= Math.Max(one, other);
            });
            Require(named.Contains(number) == expected, $"{number} of {Encoding.Latin1.GetString(octets)}");
        }

        for (var i = 1; i < named.Ranges.Count; i++)
            Require(named.Ranges[i - 1].High + 1UL < named.Ranges[i].Low, "ranges touch or are out of order");

        // Written as servers write them they name the same.
        var text = string.Join(',', named.Ranges.Select(range => range.Low == range.High ? $"{range.Low}" : $"{range.High}:{range.Low}"));
        var again = new ImapReader(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text)));
        Require(named.Ranges.Count == 0 || (again.SequenceSet(out var same) && again.End && same.Resolve(uint.MaxValue).Ranges.SequenceEqual(named.Ranges)), $"{text} is another set");
    }

    /// <summary>Search programs: bounded, and read as the same ones wherever they are cut.</summary>
    public static void ReadSearch(byte[] octets)
    {
        if (octets.Length < 2)
            return;
        var cut = new ImapReader(Cut(octets, octets[0]));
        var whole = new ImapReader(Cut(octets, 0));
        var isRead = SearchArguments.TryParse(ref whole, out var search);
        Require(isRead == SearchArguments.TryParse(ref cut, out var same) && whole.Position == cut.Position, "read otherwise where it is cut");
        if (!isRead)
            return;
        var keys = search.Key.All.ToList();
        // An AND of its own stands around each list in brackets, and around NEW.
        Require(keys.Count <= 4 * 500 && keys.Count == same.Key.All.Count(), $"{keys.Count} keys");
        Require(search.Key.Cost is >= 0 and <= 3 && search.Key.Cost == keys.Max(key => key.Cost), "a cost that no part has");
        Require(search.Key.NeedsDigest == keys.Any(key => key.NeedsDigest), "a digest that no part needs");
        Require(search.Return is null or not { All: true, Partial: not null }, "all, and a part of all");
    }

    /// <summary>Sections of bodies: the name in the response is that of the same section.</summary>
    public static void ReadSection(byte[] octets)
    {
        if (octets.Length < 3)
            return;
        var isBinary = octets[1] % 2 == 1;
        var reader = new ImapReader(Cut(octets[1..], octets[0]));
        if (!(isBinary ? BodySection.TryParseBinary(ref reader, "BINARY.PEEK", out var section) : BodySection.TryParse(ref reader, peek: true, out section)))
            return;
        Require(section.Path.All(number => number > 0) && !section.SetsSeen, "a part 0");
        Require(section.Partial is null or { Start: >= 0, Count: > 0 }, "a part of nothing");
        // A line end in it would end the response.
        Require(!section.ResponseName.AsSpan().ContainsAny((byte)'\r', (byte)'\n', (byte)0), "a name of more than one line");
        var name = section.ResponseName.AsMemory(isBinary ? "BINARY".Length : "BODY".Length);
        // A partial one is told by its start alone.
        var end = name.Span.LastIndexOf((byte)']') + 1;
        Require(end == name.Length || section.Partial is { } partial && Encoding.ASCII.GetString(name.Span[end..]) == $"<{partial.Start}>", "another start");
        if (section.Fields.Any(field => field.Any(c => c is < ' ' or > '~')))
            return;
        var again = new ImapReader(new ReadOnlySequence<byte>(name[..end]));
        Require(
            (isBinary ? BodySection.TryParseBinary(ref again, "BINARY.PEEK", out var same) : BodySection.TryParse(ref again, peek: true, out same))
                && same.Path.SequenceEqual(section.Path) && same.Kind == section.Kind && same.Fields.SequenceEqual(section.Fields),
            $"{Encoding.ASCII.GetString(name.Span)} is another section");
    }

    // What is behind the first octet, in two pieces.
    private static ReadOnlySequence<byte> Cut(byte[] octets, byte at)
    {
        var cut = Math.Min(at % octets.Length, octets.Length - 1);
        var first = new Piece(octets.AsMemory(1, cut));
        var last = first.Append(octets.AsMemory(1 + cut));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
