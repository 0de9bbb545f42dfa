using System.Collections;
using System.Management.Automation;
using System.Net.Mail;
using System.Text;
using MailOps.Client.Messages;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Makes a message: text, HTML with pictures, attachments, a reply, or a message that is sent on.</summary>
/// <para>The message is a MimeKit.MimeMessage, for Send-MimeMessage, Send-RawSmtp, Add-ImapMessage, Add-MaildirMessage or Export-MimeMessage.
/// Bcc stays in it, as in a draft, until Send-MimeMessage takes it out.</para>
/// <para>What comes down the pipeline is attached: files, or messages. Text is encoded so that every server takes it; names and
/// addresses in other letters are encoded where that can be, and an address whose local part is not ASCII needs a server with SMTPUTF8.</para>
/// <para>A reply goes to Reply-To or From of the original, with its subject and its place in the thread, and with ReplyAll to all its
/// recipients but the author of the reply. What is given with To and Subject holds instead.</para>
/// <example><code>New-MimeMessage -From me@example.org -To you@example.com -Subject Hello -Body 'Hi there.' | Send-MimeMessage -Session $session</code><para>Makes a message and sends it.</para></example>
/// <example><code>Get-ChildItem *.pdf | New-MimeMessage -From me@example.org -To you@example.com -Subject Invoices -Body 'All of November.'</code><para>Attaches files.</para></example>
/// <example><code>New-MimeMessage -From shop@example.org -To you@example.com -Subject News -Body 'In words.' -Html '&lt;p&gt;&lt;img src="cid:logo"&gt; In colours.&lt;/p&gt;' -InlinePicture @{ logo = './logo.png' }</code><para>A message as text and as HTML, with a picture in it.</para></example>
/// <example><code>$answer = New-MimeMessage -ReplyAll $message -From me@example.org -Body 'I agree.' -Quote</code><para>Answers a message of Get-ImapMessage -Body to all who have it, and quotes it.</para></example>
/// <example><code>Get-MaildirMessage ~/Maildir | Select-Object -First 1 | ForEach-Object { New-MimeMessage -Forward $_ -From me@example.org -To you@example.com -Body 'See below.' }</code><para>Sends a message on.</para></example>
[Cmdlet(VerbsCommon.New, "MimeMessage", DefaultParameterSetName = NewSet)]
[OutputType("MimeKit.MimeMessage")]
public sealed class NewMimeMessageCommand : MailCmdlet
{
    private const string NewSet = "New";
    private const string ReplySet = "Reply";
    private const string ReplyAllSet = "ReplyAll";
    private const string ForwardSet = "Forward";

    private readonly List<object> _attachments = [];

    /// <summary>The author: an address, with a name before it or without.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string From { get; set; } = "";

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

    /// <summary>The subject. Replies and messages that are sent on have the original's, unless it is given.</summary>
    [Parameter]
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

    /// <summary>The same as Body in HTML: readers choose between the two.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Html { get; set; }

    /// <summary>Pictures in the HTML: @{ logo = './logo.png' } for &lt;img src="cid:logo"&gt;.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public IDictionary? InlinePicture { get; set; }

    /// <summary>What is attached: paths or files, messages of the other cmdlets, or parts of Get-MimePart.</summary>
    [Parameter(ValueFromPipeline = true)]
    [Alias("Attachment", "PsPath")]
    [ValidateNotNullOrEmpty]
    public object[] Attachments { get; set; } = [];

    /// <summary>The message that is answered, in any form: a MimeMessage, a file, bytes, or one of Get-ImapMessage -Body, Get-Pop3Message or Get-MaildirMessage.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ReplySet)]
    [Alias("InReplyTo")]
    [ValidateNotNull]
    public object? Reply { get; set; }

    /// <summary>The message that is answered, to all its recipients.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ReplyAllSet)]
    [ValidateNotNull]
    public object? ReplyAll { get; set; }

    /// <summary>True for a reply with the original's text below its own.</summary>
    [Parameter(ParameterSetName = ReplySet)]
    [Parameter(ParameterSetName = ReplyAllSet)]
    public SwitchParameter Quote { get; set; }

    /// <summary>The message that is sent on: its text below the new one, and its attachments.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ForwardSet)]
    [ValidateNotNull]
    public object? Forward { get; set; }

    /// <summary>True to send it on as it is, octet for octet, as an attachment.</summary>
    [Parameter(ParameterSetName = ForwardSet)]
    public SwitchParameter AsAttachment { get; set; }

    /// <summary>How urgent it is: Normal (the default), High or Low.</summary>
    [Parameter]
    public MailPriority Priority { get; set; } = MailPriority.Normal;

    /// <summary>The charset of text and header; utf-8 unless given, and where it lacks a character.</summary>
    [Parameter]
    [Alias("BE")]
    [EncodingByName]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = Encoding.UTF8;

    /// <summary>Further fields for the header, as @{ 'X-Campaign' = '7' }. One that is made anyway is replaced, but for MIME-Version and those that begin with Content-, which tell of the body and are refused.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Header { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _attachments.AddRange(Attachments.Select(one => MessageArgument.Attachment(this, one)));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (BodyAsHtml && Html is not null)
            ThrowTerminatingError(ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, "The HTML is given twice: by -Html, and by -Body with -BodyAsHtml. Leave one out.", targetObject: null));
        try
        {
            var draft = Draft();
            var message = draft.Compose();
            var (unused, missing) = draft.CheckPictures();
            foreach (var name in unused)
                WriteWarning($"The HTML does not show the picture '{name}': it has no cid:{name}.");
            foreach (var name in missing.Where(_ => Forward is null && !Quote))
                WriteWarning($"The HTML shows cid:{name}, and there is no picture of that name. Add it to -InlinePicture.");
            WriteObject(message);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(ErrorRecords.From(e, Subject));
        }

        base.EndProcessing();
    }

    private MessageDraft Draft()
    {
        var body = Body is null ? null : string.Join("\r\n", Body);
        return new MessageDraft
        {
            From = From,
            To = To,
            Cc = Cc,
            Bcc = Bcc,
            ReplyTo = ReplyTo,
            Subject = Subject,
            Text = BodyAsHtml ? null : body,
            Html = BodyAsHtml ? body ?? "" : Html,
            Attachments = _attachments,
            Pictures = [.. (InlinePicture ?? new Hashtable()).Cast<DictionaryEntry>().Select(one => KeyValuePair.Create(one.Key.ToString()!, PictureOf(one)))],
            Encoding = Encoding,
            Priority = Priority,
            Headers = Header,
            Original = (Reply ?? ReplyAll ?? Forward) is { } original ? MessageArgument.Bare(original) : null,
            IsQuoting = Quote,
            Answer = ParameterSetName switch
            {
                ReplySet => MessageAnswer.Reply,
                ReplyAllSet => MessageAnswer.ReplyAll,
                ForwardSet => AsAttachment ? MessageAnswer.ForwardAsAttachment : MessageAnswer.Forward,
                _ => MessageAnswer.None,
            },
        };
    }

    private FileInfo PictureOf(DictionaryEntry picture) => picture.Value is { } value && MessageArgument.Attachment(this, value) is FileInfo file
        ? file
        : throw new ArgumentException($"The picture '{picture.Key}' is no file. Give a path, as in @{{ {picture.Key} = './picture.png' }}.");
}
