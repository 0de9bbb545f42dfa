using System.Runtime.CompilerServices;
using System.Text;
using MailOps.Maildir;
using MailOps.Messages;
using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Sorting;

/// <summary>Sorts messages by a program (RFC 5256 section 3): what it looks at is collected first, each message read once.</summary>
/// <param name="mailbox">The mailbox.</param>
/// <param name="program">The criteria, the most important first, each once.</param>
internal sealed class MessageSorter(IMailbox mailbox, IReadOnlyList<SortStep> program)
{
    private bool NeedsDigest => program.Any(step => step.Criterion is not (SortCriterion.Arrival or SortCriterion.Size));

    /// <summary>Sorts places in the view.</summary>
    /// <param name="found">The places, ascending.</param>
    /// <param name="progress">Tells the client how far it is.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async ValueTask<IReadOnlyList<int>> SortAsync(IReadOnlyList<int> found, CommandProgress? progress, CancellationToken cancel)
    {
        var columns = await CollectAsync(found, progress, cancel);
        var rows = new int[found.Count];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = i;
        if (columns.Length == 1)
            columns[0].Sort(rows);
        else
            Array.Sort(rows, (one, other) => Compare(columns, one, other));
        return Array.ConvertAll(rows, row => found[row]);
    }

    private static int Compare(SortColumn[] columns, int one, int other)
    {
        foreach (var column in columns)
        {
            var order = column.Compare(one, other);
            if (order != 0)
                return order;
        }

        return one - other;
    }

    /// <summary>What the criteria see of messages: a column for each, the most important first, and in them a row for each place.</summary>
    public async ValueTask<SortColumn[]> CollectAsync(IReadOnlyList<int> found, CommandProgress? progress, CancellationToken cancel)
    {
        var numbers = program.Select(step => IsNumber(step.Criterion) ? new long[found.Count] : []).ToArray();
        var texts = program.Select(step => IsNumber(step.Criterion) ? [] : new string[found.Count]).ToArray();
        if (!NeedsDigest)
        {
            Look(found, numbers);
            return ColumnsOf(numbers, texts);
        }

        await using var digests = new RecordSequence(mailbox, RecordKind.Digest, found.Select(place => mailbox.Messages[place]));
        for (var row = 0; row < found.Count; row++)
        {
            var message = mailbox.Messages[found[row]];
            if (progress is not null)
                await progress.ReportAsync(row, found.Count);
            var digest = await digests.NextAsync(cancel) is { } record ? new MessageDigest(record) : (MessageDigest?)null;
            for (var i = 0; i < program.Count; i++)
            {
                if (IsNumber(program[i].Criterion))
                    numbers[i][row] = NumberOf(program[i], message, digest);
                else
                    texts[i][row] = digest is { } there ? UnicodeCasemap.KeyOf(TextOf(program[i].Criterion, there)) : "";
            }
        }

        return ColumnsOf(numbers, texts);
    }

    // What is known without the messages. Compiled at its best at once: it runs for each message of a large folder.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Look(IReadOnlyList<int> found, long[][] numbers)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            for (var row = 0; row < found.Count; row++)
                numbers[i][row] = NumberOf(program[i], mailbox.Messages[found[row]], digest: null);
        }
    }

    private SortColumn[] ColumnsOf(long[][] numbers, string[][] texts) =>
        [.. program.Select((step, i) => IsNumber(step.Criterion) ? (SortColumn)new SortColumn<long>(numbers[i], Comparer<long>.Default) : new SortColumn<string>(texts[i], OrderOf(step)))];

    private static IComparer<string> OrderOf(SortStep step) =>
        step.IsReversed ? Comparer<string>.Create((one, other) => string.CompareOrdinal(other, one)) : StringComparer.Ordinal;

    private static bool IsNumber(SortCriterion criterion) => criterion is SortCriterion.Arrival or SortCriterion.Date or SortCriterion.Size;

    private long NumberOf(SortStep step, MailboxMessage message, MessageDigest? digest)
    {
        var number = step.Criterion switch
        {
            SortCriterion.Size => message.Size,
            SortCriterion.Date => SentDate.Of(mailbox, message, digest),
            _ => mailbox.InternalDate(message)?.ToUnixTimeSeconds() ?? long.MinValue,
        };
        // The complement turns the order around, and overflows nowhere.
        return step.IsReversed ? ~number : number;
    }

    private static string TextOf(SortCriterion criterion, MessageDigest digest) => criterion switch
    {
        SortCriterion.Subject => digest.TryField(HeaderField.Subject, out var subject) ? BaseSubject.Of(FieldText.Decode(subject)).Text : "",
        SortCriterion.From => Mailbox(digest, EnvelopeList.From),
        SortCriterion.To => Mailbox(digest, EnvelopeList.To),
        SortCriterion.Cc => Mailbox(digest, EnvelopeList.Cc),
        SortCriterion.DisplayFrom => Display(digest, EnvelopeList.From),
        _ => Display(digest, EnvelopeList.To),
    };

    private static string Mailbox(MessageDigest digest, EnvelopeList list)
    {
        var first = First(digest, list, out var isThere);
        return isThere && first.HasMailbox ? Encoding.UTF8.GetString(first.Mailbox) : "";
    }

    // RFC 5957 section 3.
    private static string Display(MessageDigest digest, EnvelopeList list)
    {
        var first = First(digest, list, out var isThere);
        if (!isThere)
            return "";
        if (first.HasName && FieldText.Decode(first.Name) is { Length: > 0 } name)
            return name;
        if (!first.HasMailbox)
            return "";
        return first.HasHost ? $"{Encoding.UTF8.GetString(first.Mailbox)}@{Encoding.UTF8.GetString(first.Host)}" : Encoding.UTF8.GetString(first.Mailbox);
    }

    private static AddressReader First(MessageDigest digest, EnvelopeList list, out bool isThere)
    {
        var envelope = digest.Envelope;
        envelope.Text(out _);
        envelope.Text(out _);
        for (var i = 0; i < (int)list; i++)
            envelope.Addresses();
        var addresses = envelope.Addresses();
        isThere = addresses.MoveNext();
        return addresses;
    }

    // In the order of RFC 3501 section 7.4.2.
    private enum EnvelopeList
    {
        From = 0,
        To = 3,
        Cc = 4,
    }
}
