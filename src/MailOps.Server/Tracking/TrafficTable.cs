using System.Buffers.Text;
using System.Text;

namespace MailOps.Server.Tracking;

/// <summary>Rows put together by some of their columns, as they stand in the log. Bounded: what has no place any more is counted as others.</summary>
/// <param name="keys">What they are put together by.</param>
/// <param name="mostGroups">How many groups there may be.</param>
internal sealed class TrafficTable(IReadOnlyList<MailTrafficKey> keys, int mostGroups)
{
    private const byte Separator = (byte)'\t';
    private static readonly byte[] Others = "\n"u8.ToArray();

    private readonly Dictionary<byte[], Group> _groups = new(OctetComparer.Instance);
    private readonly bool _isByRecipient = keys.Contains(MailTrafficKey.Recipient) || keys.Contains(MailTrafficKey.RecipientDomain);
    private readonly byte[] _key = new byte[16 * 1024];
    private long _row;

    /// <summary>Counts a row.</summary>
    /// <param name="line">Its line, without its end.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        Span<Range> columns = stackalloc Range[TrackingLine.ColumnCount];
        // What is about a destination is about no message.
        if (!TrackingLine.TrySplit(line, columns) || (line[columns[2]].IsEmpty && line[columns[1]].SequenceEqual("DEFER"u8)))
            return;
        var size = Utf8Parser.TryParse(line[columns[6]], out long octets, out _) ? octets : 0;
        var latency = Utf8Parser.TryParse(line[columns[12]], out double seconds, out _) ? seconds : -1;
        var recipients = line[columns[5]];
        var lookup = _groups.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!_isByRecipient)
        {
            Count(ref lookup, KeyOf(line, columns, []), recipients.IsEmpty ? 0 : recipients.Count((byte)';') + 1, size, latency);
            return;
        }

        // A row counts once for each group, however many of its recipients are in it.
        _row++;
        while (!recipients.IsEmpty)
        {
            var length = recipients.IndexOf((byte)';');
            var recipient = length < 0 ? recipients : recipients[..length];
            recipients = length < 0 ? [] : recipients[(length + 1)..];
            var key = KeyOf(line, columns, recipient);
            var group = lookup.TryGetValue(key, out var known) ? known : Make(ref lookup, key);
            group.Recipients++;
            if (group.Row == _row)
                continue;
            group.Row = _row;
            group.Add(size, latency);
        }
    }

    /// <summary>Counts what another has counted.</summary>
    public void Add(TrafficTable other)
    {
        foreach (var (key, group) in other._groups)
        {
            var lookup = _groups.GetAlternateLookup<ReadOnlySpan<byte>>();
            (_groups.GetValueOrDefault(key) ?? Make(ref lookup, key)).Add(group);
        }
    }

    /// <summary>What was counted, the most first; by day or hour, the earliest first.</summary>
    public IEnumerable<MailTraffic> Groups()
    {
        var byTime = keys.Count > 0 && keys[0] is (MailTrafficKey.Day or MailTrafficKey.Hour);
        var all = _groups.Select(group => Named(Encoding.UTF8.GetString(group.Key), group.Value));
        return byTime ? all.OrderBy(group => group.Name, StringComparer.Ordinal) : all.OrderByDescending(group => group.Count).ThenBy(group => group.Name, StringComparer.Ordinal);
    }

    private void Count(ref Dictionary<byte[], Group>.AlternateLookup<ReadOnlySpan<byte>> lookup, ReadOnlySpan<byte> key, int recipients, long size, double latency)
    {
        var group = lookup.TryGetValue(key, out var known) ? known : Make(ref lookup, key);
        group.Recipients += recipients;
        group.Add(size, latency);
    }

    private Group Make(ref Dictionary<byte[], Group>.AlternateLookup<ReadOnlySpan<byte>> lookup, ReadOnlySpan<byte> key)
    {
        if (_groups.Count >= mostGroups)
            key = Others;
        if (lookup.TryGetValue(key, out var known))
            return known;
        var made = new Group();
        _groups.Add(key.ToArray(), made);
        return made;
    }

    private ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> line, ReadOnlySpan<Range> columns, ReadOnlySpan<byte> recipient)
    {
        var length = 0;
        foreach (var key in keys)
        {
            var isLowered = key is not (MailTrafficKey.EventId or MailTrafficKey.Source or MailTrafficKey.Day or MailTrafficKey.Hour or MailTrafficKey.ConnectorId);
            var part = PartOf(key, line, columns, recipient);
            part = part[..Math.Min(part.Length, _key.Length - length - 1)];
            Copy(part, isLowered, _key.AsSpan(length));
            length += part.Length;
            _key[length++] = Separator;
        }

        return _key.AsSpan(0, length);
    }

    private static ReadOnlySpan<byte> PartOf(MailTrafficKey key, ReadOnlySpan<byte> line, ReadOnlySpan<Range> columns, ReadOnlySpan<byte> recipient) => key switch
    {
        MailTrafficKey.EventId => line[columns[1]],
        MailTrafficKey.Source => line[columns[7]],
        MailTrafficKey.Day => line[..10],
        MailTrafficKey.Hour => line[..13],
        MailTrafficKey.Sender => line[columns[4]],
        MailTrafficKey.SenderDomain => DomainOf(line[columns[4]]),
        MailTrafficKey.Recipient => recipient,
        MailTrafficKey.RecipientDomain => DomainOf(recipient),
        MailTrafficKey.ConnectorId => line[columns[8]],
        MailTrafficKey.PeerName => line[columns[9]],
        _ => line[columns[15]],
    };

    // Octets above ASCII stay as they are.
    private static void Copy(ReadOnlySpan<byte> part, bool isLowered, Span<byte> into)
    {
        for (var i = 0; i < part.Length; i++)
            into[i] = isLowered && part[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(part[i] | 0x20) : part[i];
    }

    private static ReadOnlySpan<byte> DomainOf(ReadOnlySpan<byte> address) => address[(address.LastIndexOf((byte)'@') + 1)..];

    private MailTraffic Named(string key, Group group)
    {
        var isOthers = key == "\n";
        var parts = key.Split('\t').Select(TrackingLine.Unescape).ToArray();
        return new MailTraffic
        {
            Name = isOthers ? "(others)" : string.Join(' ', parts[..keys.Count].Select(part => part.Length > 0 ? part : "<>")),
            Day = Time(MailTrafficKey.Day, "T00:00:00Z"),
            Hour = Time(MailTrafficKey.Hour, ":00:00Z"),
            EventId = Part(MailTrafficKey.EventId),
            Source = Part(MailTrafficKey.Source),
            Sender = Part(MailTrafficKey.Sender),
            SenderDomain = Part(MailTrafficKey.SenderDomain),
            Recipient = Part(MailTrafficKey.Recipient),
            RecipientDomain = Part(MailTrafficKey.RecipientDomain),
            ConnectorId = Part(MailTrafficKey.ConnectorId),
            PeerName = Part(MailTrafficKey.PeerName),
            Account = Part(MailTrafficKey.Account),
            Count = group.Count,
            Recipients = group.Recipients,
            TotalBytes = group.Octets,
            MedianLatency = group.Latencies.HasAny ? group.Latencies.At(0.5) : null,
            P95Latency = group.Latencies.HasAny ? group.Latencies.At(0.95) : null,
            MaxLatency = group.Latencies.HasAny ? group.Latencies.Max : null,
        };

        string? Part(MailTrafficKey name) => !isOthers && keys.TakeWhile(key => key != name).Count() is var at && at < keys.Count ? parts[at] : null;

        DateTimeOffset? Time(MailTrafficKey name, string rest) =>
            Part(name) is { } text && DateTimeOffset.TryParse(text + rest, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.RoundtripKind, out var time) ? time : null;
    }

    /// <summary>What is known of a group.</summary>
    private sealed class Group
    {
        public long Count { get; private set; }

        public long Recipients { get; set; }

        public long Octets { get; private set; }

        public LatencyHistogram Latencies { get; } = new();

        /// <summary>The row that was counted last.</summary>
        public long Row { get; set; }

        public void Add(long octets, double latency)
        {
            Count++;
            Octets += octets;
            if (latency >= 0)
                Latencies.Add(latency);
        }

        public void Add(Group other)
        {
            Count += other.Count;
            Recipients += other.Recipients;
            Octets += other.Octets;
            Latencies.Add(other.Latencies);
        }
    }
}
