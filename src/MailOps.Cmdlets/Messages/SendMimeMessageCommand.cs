using System.Management.Automation;
using System.Net.Mail;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Messages;
using MailOps.Client.Sessions;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Messages;

/// <summary>Sends messages over SMTP, any number over one connection, and tells what became of each for every recipient. The successor of Send-MailMessage.</summary>
/// <para>Messages come down the pipeline: of New-MimeMessage, files, text, bytes, or messages of Get-ImapMessage -Body, Get-Pop3Message and
/// Get-MaildirMessage. They go to who is in their To, Cc and Bcc, or to Recipient, and their octets stay as they are, but that Bcc is taken out and Date and
/// Message-ID are put in where they are missing. Or From, To, Subject, Body and the like make a message here, as with Send-MailMessage;
/// what comes down the pipeline is then attached to it.</para>
/// <para>Each recipient has a result: Accepted; Refused with the server's reply; NotSent where no connection held, so that it may be sent again; or
/// Unknown where the whole message was sent and the answer was lost, so that sent again it may come twice. What is not Accepted is an error as well:
/// RecipientRefused, MessageRefused, OutcomeUnknown, or what was in the way (ConnectionFailed, ConnectionLost, OperationTimedOut, HostNotFound,
/// AuthenticationFailed, TlsNotOffered, CertificateNotTrusted and others). Their TargetObject is the result, and the others go on.</para>
/// <para>A connection that is lost before a message was sent is opened again, once for each message; after its end was sent nothing is sent twice. A failed login is not
/// tried again for the messages that follow.</para>
/// <para>Addresses in other letters go by SMTPUTF8, domains of them to every server; 8-bit messages by 8BITMIME, or encoded for servers that have not got it.</para>
/// <example><code>Send-MimeMessage smtp.example.com -Credential (Get-Credential) -From me@example.org -To you@example.com -Subject Hello -Body 'Hi there.'</code><para>Sends a message as Send-MailMessage did, under TLS.</para></example>
/// <example><code>$session = New-MailSession smtp.example.com -Protocol Smtp -Credential $login&#10;Import-Csv list.csv | ForEach-Object { New-MimeMessage -From news@example.org -To $_.Mail -Subject News -Body "Dear $($_.Name)" } | Send-MimeMessage -Session $session | Where-Object Status -ne Accepted</code><para>Sends a message to each of a list over one login, and shows who has not got it.</para></example>
/// <example><code>Get-ChildItem *.pdf | Send-MimeMessage 127.0.0.1 -Port 25 -Tls None -From scanner@example.org -To office@example.org -Subject Scans</code><para>Attaches files, over a relay that wants neither TLS nor a login.</para></example>
/// <example><code>Get-ChildItem *.eml | Send-MimeMessage -Session $session -Sender '' -Recipient test@example.com -WhatIf</code><para>Shows what would be sent, with the null sender and to another recipient than the files have.</para></example>
[Cmdlet(VerbsCommunications.Send, "MimeMessage", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(MailSendResult))]
public sealed class SendMimeMessageCommand : SessionMailboxCmdlet
{
    private static readonly string[] Making = [nameof(From), nameof(To), nameof(Cc), nameof(Bcc), nameof(ReplyTo), nameof(Subject), nameof(Body), nameof(BodyAsHtml), nameof(Attachments), nameof(Priority), nameof(Encoding)];

    private readonly List<object> _attached = [];
    private readonly List<MailSender> _senders = [];
    private MailSession? _place;
    private bool _isMaking;
    private bool _hasWarned;
    private int _count;

    /// <summary>The server's name or address; $PSEmailServer unless it is given.</summary>
    [Parameter(Position = 0, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [Alias("SmtpServer", "ComputerName")]
    [ValidateNotNullOrEmpty]
    public override string Server { get; set; } = "";

    /// <summary>A session of New-MailSession -Protocol Smtp, in the place of a server and a login.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SessionSet)]
    [ValidateNotNull]
    public override MailSession? Session { get; set; }

    /// <summary>The account to log in with; none where the server wants no login. For OAUTHBEARER and XOAUTH2 its password is the access token.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public override PSCredential? Credential { get; set; }

    /// <summary>The port: 465, or 587 if Tls is StartTls or None, unless given or found among Endpoints.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [ValidatePort]
    public int? Port { get; set; }

    /// <summary>A message: a MimeKit.MimeMessage, a file of Get-ChildItem, text (header and all), bytes, or a message of the other cmdlets. A server of Start-MailServer or a session in the pipeline is where to send.</summary>
    [Parameter(ValueFromPipeline = true)]
    [Alias("InputObject")]
    [ValidateNotNull]
    public object? Message { get; set; }

    /// <summary>The reverse-path, to which reports come back; an empty string for the null path. Unless given, the message's Sender or From.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Sender { get; set; }

    /// <summary>Who gets the message, whoever is in its header.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Recipient { get; set; }

    /// <summary>The author of a message that is made here.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? From { get; set; }

    /// <summary>Who it is for.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] To { get; set; } = [];

    /// <summary>Who gets a copy.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Cc { get; set; } = [];

    /// <summary>Who gets a copy that nobody else knows of.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Bcc { get; set; } = [];

    /// <summary>Where answers go, if not to From.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ReplyTo { get; set; } = [];

    /// <summary>The subject.</summary>
    [Parameter]
    [Alias("Sub")]
    [AllowEmptyString]
    public string? Subject { get; set; }

    /// <summary>The text, or with BodyAsHtml the HTML; lines of an array are joined.</summary>
    [Parameter]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? Body { get; set; }

    /// <summary>True if Body is HTML.</summary>
    [Parameter]
    [Alias("BAH")]
    public SwitchParameter BodyAsHtml { get; set; }

    /// <summary>What is attached: paths or files, messages of the other cmdlets, or parts of Get-MimePart.</summary>
    [Parameter]
    [Alias("Attachment", "PsPath")]
    [ValidateNotNullOrEmpty]
    public object[] Attachments { get; set; } = [];

    /// <summary>How urgent it is: Normal (the default), High or Low.</summary>
    [Parameter]
    public MailPriority Priority { get; set; } = MailPriority.Normal;

    /// <summary>The charset of text and header; utf-8 unless given, and where it lacks a character.</summary>
    [Parameter]
    [Alias("BE")]
    [EncodingByName]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = Encoding.UTF8;

    /// <summary>What the sender wants to hear of each recipient: None (the default), OnSuccess, OnFailure, Delay, or Never. A server that has no DSN cannot be told, which is a warning.</summary>
    [Parameter]
    [Alias("DNO")]
    public DeliveryNotificationOptions DeliveryNotificationOption { get; set; }

    /// <summary>How many messages are on their way at once, each over a connection of its own; 1 unless given, which keeps their order.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 1;

    /// <summary>Secures the connection by STARTTLS, as Send-MailMessage did: Tls StartTls, at port 587 unless another is given. Without it the connection is secured as well, unless Tls is None.</summary>
    [Parameter(ParameterSetName = CredentialSet)]
    [Parameter(ParameterSetName = CertificateSet)]
    [Parameter(ParameterSetName = TokenSet)]
    public SwitchParameter UseSsl { get; set; }

    /// <inheritdoc/>
    protected override int Concurrency => ThrottleLimit;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (UseSsl && Tls is not (null or TlsMode.StartTls))
            Refuse($"-UseSsl is STARTTLS, and -Tls says {Tls}. Leave one of them out.");
        if (UseSsl)
            Tls = TlsMode.StartTls;
        _isMaking = Array.Exists(Making, MyInvocation.BoundParameters.ContainsKey);
        if (_isMaking && From is null)
            ThrowTerminatingError(ErrorRecords.Finding("SenderMissing", ErrorCategory.InvalidArgument, "There is no author: give -From.", targetObject: null));
        if (_isMaking && To.Length + Cc.Length + Bcc.Length == 0 && Recipient is null)
            ThrowTerminatingError(ErrorRecords.Finding("RecipientMissing", ErrorCategory.InvalidArgument, "There is no recipient: give -To, -Cc or -Bcc.", targetObject: null));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var value = Message is null ? null : MessageArgument.Bare(Message);
        if (value is MailSession session)
            _place = session;
        else if (FindPlace() is { } found)
            _place = found;
        else
            return;
        if (value is null or MailSession || Endpoints is { Length: > 0 })
            return;
        if (_isMaking)
            _attached.Add(MessageArgument.Attachment(this, value));
        else
            Send(value);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_isMaking && _place is not null)
            SendMade();
        else if (!_isMaking && _count == 0 && !MyInvocation.ExpectingInput)
            ThrowTerminatingError(ErrorRecords.Finding("MessageMissing", ErrorCategory.InvalidArgument, "There is no message: pipe messages or files, or give -From, -To, -Subject and -Body.", targetObject: null));
        base.EndProcessing();
        Run(_ => CloseAsync());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);

        // A pipeline that is stopped has no end; what was opened is closed all the same.
        if (disposing)
            _ = CloseAsync();
    }

    private MailSession? FindPlace()
    {
        if (Session is not null)
            return Session;
        if (Server.Length == 0)
            Server = SessionState.PSVariable.GetValue("PSEmailServer") as string ?? "";
        // What came before in the pipeline may have said it.
        if (Server.Length == 0 && _place is not null)
            return _place;
        if (Server.Length == 0)
        {
            ThrowTerminatingError(ErrorRecords.Finding("ServerMissing", ErrorCategory.InvalidArgument, "There is no server: give -Server or -Session, or set $PSEmailServer.", targetObject: null));
            return null;
        }

        if (SmtpOptions(Port) is not { } options)
            return null;
        var known = _senders.Select(one => one.Session).FirstOrDefault(one => (one.Server, one.Port, one.Tls, one.UserName) == (options.Server, options.Port, options.Tls, options.Credential?.UserName));
        return known ?? SenderOf(new MailSession(MailProtocol.Smtp, options, TimeProvider.System)).Session;
    }

    private MailSender SenderOf(MailSession session)
    {
        if (_senders.Find(one => one.Session == session) is { } known)
            return known;
        var made = new MailSender(session);
        _senders.Add(made);
        return made;
    }

    private void SendMade()
    {
        try
        {
            var body = Body is null ? null : string.Join("\r\n", Body);
            _attached.AddRange(Attachments.Select(one => MessageArgument.Attachment(this, one)));
            Send(new MessageDraft
            {
                From = From!,
                To = To,
                Cc = Cc,
                Bcc = Bcc,
                ReplyTo = ReplyTo,
                Subject = Subject,
                Text = BodyAsHtml ? null : body,
                Html = BodyAsHtml ? body ?? "" : null,
                Attachments = _attached,
                Priority = Priority,
                Encoding = Encoding,
            }.Compose());
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(ErrorRecords.From(e, Subject));
        }
    }

    private void Send(object message)
    {
        var source = new NamedMessage(message, ++_count);
        var sender = SenderOf(_place!);
        Start([source], (one, cancel) => SendAsync(sender, one, cancel));
    }

    private async Task SendAsync(MailSender sender, NamedMessage source, CancellationToken cancel)
    {
        OutgoingMessage message;
        try
        {
            message = await OutgoingMessage.PrepareAsync(MessageContent.From(source.Value), Sender, Recipient, Notice, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            await ErrorAsync(source.Not("sent", e)).ConfigureAwait(false);
            return;
        }

        using (message)
        {
            if (!await ShouldProcessAsync($"{string.Join(", ", message.Recipients)} over {sender.Session}", $"Send '{message.Subject}' from <{message.Sender}>").ConfigureAwait(false))
                return;
            var results = await sender.SendAsync(message, cancel).ConfigureAwait(false);
            await WarnOfSessionAsync(sender.Session).ConfigureAwait(false);
            await OutputAsync(results).ConfigureAwait(false);
            foreach (var error in SendErrors.Of(results))
                await ErrorAsync(error).ConfigureAwait(false);
            await ProgressAsync(new ProgressRecord(1, "Sending messages", $"{source.Number} so far")).ConfigureAwait(false);
        }
    }

    private async Task WarnOfSessionAsync(MailSession session)
    {
        if (_hasWarned)
            return;
        _hasWarned = true;
        if (Session is null)
            await WarnAsync(session.CertificateProblem).ConfigureAwait(false);
        if (Notice != DeliveryNotice.Unsaid && session.IdleConnections > 0 && !session.ReportsDelivery)
            await WarningAsync($"{session.Server} does not offer DSN (RFC 3461): it could not be told what to report.").ConfigureAwait(false);
    }

    private DeliveryNotice Notice
    {
        get
        {
            if (DeliveryNotificationOption == DeliveryNotificationOptions.Never)
                return DeliveryNotice.Never;
            var notice = DeliveryNotice.Unsaid;
            if (DeliveryNotificationOption.HasFlag(DeliveryNotificationOptions.OnSuccess))
                notice |= DeliveryNotice.Success;
            if (DeliveryNotificationOption.HasFlag(DeliveryNotificationOptions.OnFailure))
                notice |= DeliveryNotice.Failure;
            if (DeliveryNotificationOption.HasFlag(DeliveryNotificationOptions.Delay))
                notice |= DeliveryNotice.Delay;
            return notice;
        }
    }

    // Sessions that were given are their owner's.
    private async Task CloseAsync()
    {
        foreach (var own in _senders.Select(one => one.Session).Where(one => one != Session && Sessions.OpenSessions.Find(one.Id) is null))
            await own.DisposeAsync().ConfigureAwait(false);
    }
}
