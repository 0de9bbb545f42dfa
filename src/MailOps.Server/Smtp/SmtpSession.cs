using System.Globalization;
using System.Net;
using System.Text;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Reports;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>The state of one SMTP session, and the way to speak to its client. Knows no verb.</summary>
internal sealed class SmtpSession(ServerConnection connection, SmtpOptions options, IMailStore store, IMailDirectory directory, Authentication authentication, OutboundMail? outbound)
    : LineSession(connection, options.MaxLineLength, options.MaxErrors), IAsyncDisposable
{
    private readonly long _begun = connection.Clock.GetTimestamp();
    private int _messages;
    private int _junk;
    private int _excessRecipients;
    private long _octets;
    private long? _lastMessage;
    private ChunkSink? _chunks;

    public SmtpOptions Options { get; } = options;

    public IMailStore Store { get; } = store;

    public IMailDirectory Directory { get; } = directory;

    public Authentication Authentication { get; } = authentication;

    /// <summary>The queue of mail for other servers, or null where there is none.</summary>
    public OutboundMail? Queue => outbound is { IsOpen: true } ? outbound : null;

    /// <summary>
    /// The way to other servers, or null for a client that may not send there: nobody may who has not logged in to a submission endpoint, but
    /// for the machines that are named. Behind a proxy it is the client that counts, and one that is not known may not.
    /// </summary>
    public OutboundMail? Outbound => Options.Role switch
    {
        SmtpRole.Submission when Account is not null => Queue,
        SmtpRole.Mx when Options.RelayFrom.Contains(Connection.Remote?.Address) => Queue,
        _ => null,
    };

    /// <summary>The words of reports in other languages, or null.</summary>
    public ReportTemplates? Templates => outbound?.Templates;

    /// <summary>True where what is asked of the queue is offered: on submission before the login already, for EHLO comes first.</summary>
    public bool OffersRelay => Options.Role is SmtpRole.Submission ? Queue is not null : Outbound is not null;

    /// <summary>How long a message may be held, or null where none is: on submission alone (RFC 4865 section 4.2).</summary>
    public TimeSpan? MostHeld => Options.Role is SmtpRole.Submission && Queue is { MostHeld: { Ticks: > 0 } most } ? most : null;

    /// <summary>How urgent the message of the transaction under way is, -9 to 9: who has not logged in may only lower it (RFC 6710 section 4.1).</summary>
    public int Priority => Account is null ? Math.Min(0, Parameters.Priority) : Parameters.Priority;

    /// <summary>The name given with HELO or EHLO; null before.</summary>
    public string? ClientName { get; private set; }

    /// <summary>The name that the client's address has in DNS, where a proxy told it.</summary>
    public string? ClientHost { get; private set; }

    /// <summary>True if the one at the other end may speak for others. XCLIENT does not change it: it is still the same who speaks.</summary>
    public bool MayIntroduce { get; } = options.XClientFrom.Contains(connection.Remote?.Address);

    /// <summary>True if nothing is taken before TLS is on, and it is not.</summary>
    public bool NeedsTls => Options.RequireTls && Connection.Tls is null && !Connection.IsUnixSocket;

    /// <summary>True if the client greeted with EHLO or LHLO: enhanced status codes are sent, parameters taken.</summary>
    public bool IsExtended { get; private set; }

    /// <summary>The account of a finished login, or null.</summary>
    public string? Account { get; set; }

    /// <summary>The reverse-path of the transaction under way, or null.</summary>
    public SmtpPath? Sender { get; private set; }

    /// <summary>The accepted recipients.</summary>
    public List<SmtpRecipient> Recipients { get; } = [];

    /// <summary>The parameters that MAIL had.</summary>
    public MailParameters Parameters { get; private set; } = MailParameters.None;

    /// <summary>By when the message of the transaction under way is to be delivered, or null: counted from MAIL (RFC 2852 section 4).</summary>
    public DeliverBy? DeliverBy { get; private set; }

    /// <summary>True if somebody is to hear that the message was delivered.</summary>
    public bool WantsReport => Sender is { IsNull: false } && Recipients.Exists(recipient => recipient.WantsReport);

    /// <summary>True if a chunk of the message was refused: nothing more of it is taken.</summary>
    public bool HasFailedChunk { get; private set; }

    /// <summary>A transaction under way may finish although the server stops.</summary>
    public override bool MayStop => Sender is null;

    /// <summary>True if too many commands came that bring no message nearer.</summary>
    public bool HasTooMuchJunk => _junk >= Options.MaxJunkCommands;

    public override bool IsWornOut => base.IsWornOut || HasTooMuchJunk;

    /// <summary>True if a message is overdue, whatever came meanwhile.</summary>
    public bool HasTakenTooLong => TimeLeft <= TimeSpan.Zero;

    protected override TimeSpan Patience => TimeLeft < Options.Timeout ? TimeLeft : Options.Timeout;

    // Data of a large message gives time at the rate that it has to come with. Chunks of an octet give next to none.
    private TimeSpan TimeLeft =>
        Options.TransactionTimeout + TimeSpan.FromSeconds((double)_octets / Options.MinDataRate) - Connection.Clock.GetElapsedTime(_lastMessage ?? _begun);

    /// <summary>How a message ends that can no longer be waited for, or null.</summary>
    public DataOutcome? Overdue => Connection.Overdue switch
    {
        null => null,
        ConnectionEnd.TimedOut => DataOutcome.TimedOut,
        _ => DataOutcome.Stopped,
    };

    public SmtpStates State =>
        ClientName is null ? SmtpStates.Fresh
        : Sender is null ? SmtpStates.Ready
        : HasFailedChunk || _chunks is not null ? SmtpStates.Chunks
        : Recipients.Count == 0 ? SmtpStates.Sender
        : SmtpStates.Recipients;

    public async ValueTask GreetAsync(string clientName, bool extended)
    {
        await ResetAsync();
        ClientName = clientName;
        IsExtended = extended;
    }

    /// <summary>Forgets all that was learned in the clear (RFC 3207 section 4.2).</summary>
    public async ValueTask ForgetGreetingAsync()
    {
        await ResetAsync();
        ClientName = null;
        IsExtended = false;
        Account = null;
    }

    /// <summary>Begins anew for the client that a proxy speaks for.</summary>
    /// <param name="client">What it says of the client.</param>
    /// <param name="account">The account that the client logged in to, or null.</param>
    public async ValueTask IntroduceAsync(XClientAttributes client, string? account)
    {
        await ResetAsync();
        ClientName = client.Helo;
        IsExtended = client.Helo is not null && client.IsExtended;
        ClientHost = client.Name;
        Account = account;
        Connection.Account = account;
        var address = client.HasAddress ? client.Address : Connection.Remote?.Address;
        Connection.Introduce(address is null ? null : new IPEndPoint(address, client.Port ?? (client.HasAddress ? 0 : Connection.Remote!.Port)), "XCLIENT");
    }

    public void BeginTransaction(SmtpPath sender, MailParameters parameters)
    {
        Sender = sender;
        Parameters = parameters;
        DeliverBy = parameters.Within?.From(Connection.Clock.GetUtcNow());
    }

    /// <summary>Counts a command that brings no message nearer.</summary>
    public void CountJunk() => _junk++;

    /// <summary>Counts a recipient beyond the limit. As many as the limit may have been under way already; each one more is an error.</summary>
    public void CountExcessRecipient()
    {
        if (++_excessRecipients > Options.MaxRecipients)
            Errors++;
    }

    /// <summary>Counts a message or a recipient against the limits of the client's address and of its account.</summary>
    /// <returns>The refusal, or null.</returns>
    public SmtpReply? Count(RateKind kind)
    {
        var excess = Connection.Rates?.Take(kind) ?? (Account is null ? null : Connection.RateGuard?.Of(Account).Take(kind));
        return excess is null ? null : SmtpReplies.TooFast(excess);
    }

    /// <summary>Counts octets of data.</summary>
    public void CountData(long octets) => _octets += octets;

    /// <summary>Ends the transaction under way, if any.</summary>
    public ValueTask ResetAsync()
    {
        Sender = null;
        Parameters = MailParameters.None;
        DeliverBy = null;
        Recipients.Clear();
        _excessRecipients = 0;
        HasFailedChunk = false;
        return DisposeAsync();
    }

    /// <summary>The message that chunks are put together to, begun with the first.</summary>
    public ChunkSink BeginChunks()
    {
        if (_chunks is null)
        {
            _chunks = new ChunkSink(new IncomingMessage(this), Parameters.Body is MessageBody.Binary, Options.NormalizeLineEnds);
            _chunks.Message.Begin();
        }

        return _chunks;
    }

    /// <summary>Gives the message up, not the session: until the transaction ends nothing more of it is taken.</summary>
    public ValueTask FailChunksAsync()
    {
        HasFailedChunk = Sender is not null;
        return DisposeAsync();
    }

    /// <summary>Drops a message of which not all chunks came.</summary>
    public ValueTask DisposeAsync()
    {
        var dropped = _chunks;
        _chunks = null;
        return dropped?.Message.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Says how the message of the transaction under way ended: once, or over LMTP for each recipient in turn (RFC 2033 section 4.2).</summary>
    /// <param name="command">The command that ended it.</param>
    /// <param name="replies">One, or one for each recipient.</param>
    /// <returns>The last one, which is the command's own.</returns>
    public SmtpReply Conclude(string command, IReadOnlyList<SmtpReply> replies)
    {
        for (var i = 0; i < replies.Count; i++)
        {
            if (!replies[i].IsPositive)
                Connection.Publish(new MailRefused { Command = command, Reply = replies[i].ToString() });
            if (i < replies.Count - 1)
                Write(replies[i]);
        }

        return replies[^1];
    }

    /// <summary>Says that a message was taken for somebody: what is counted against the client is counted anew.</summary>
    public void CountMessage()
    {
        _junk = 0;
        _octets = 0;
        _lastMessage = Connection.Clock.GetTimestamp();
    }

    /// <summary>The same reply for all whom the message was for.</summary>
    public SmtpReply[] ForAll(SmtpReply reply) => [.. Enumerable.Repeat(reply, Options.Role is SmtpRole.Lmtp ? Math.Max(1, Recipients.Count) : 1)];

    /// <summary>A name for the next message, told to the client and written into its trace line.</summary>
    public string NextMessageId() => string.Create(CultureInfo.InvariantCulture, $"{Connection.Id}.{++_messages}");

    /// <summary>True if the message of the transaction under way goes to other servers too.</summary>
    public bool LeavesHere => Recipients.Exists(recipient => recipient.Onward.Count > 0);

    /// <summary>Puts a reply into the output. Sent with the next <see cref="LineSession.FlushAsync"/>.</summary>
    public void Write(SmtpReply reply)
    {
        var output = Connection.Output;
        for (var i = 0; i < reply.Lines.Length; i++)
        {
            var text = reply.Lines[i];
            var span = output.GetSpan(16 + Encoding.UTF8.GetMaxByteCount(text.Length));
            var written = WriteNumber(span, reply.Code);
            span[written++] = i < reply.Lines.Length - 1 ? (byte)'-' : (byte)' ';
            // RFC 2034 section 4: only where EHLO offered it, never in the greeting, nor in EHLO's own reply.
            if (IsExtended && reply.Enhanced is { } enhanced)
            {
                span[written++] = (byte)('0' + enhanced.Class);
                span[written++] = (byte)'.';
                written += WriteNumber(span[written..], enhanced.Subject);
                span[written++] = (byte)'.';
                written += WriteNumber(span[written..], enhanced.Detail);
                span[written++] = (byte)' ';
            }

            written += Encoding.UTF8.GetBytes(text, span[written..]);
            span[written++] = (byte)'\r';
            span[written++] = (byte)'\n';
            output.Advance(written);
        }
    }

    private static int WriteNumber(Span<byte> span, int number)
    {
        number.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        return written;
    }
}
