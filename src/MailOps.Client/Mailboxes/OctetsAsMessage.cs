using MimeKit;
using MimeKit.IO;

namespace MailOps.Client.Mailboxes;

/// <summary>
/// The octets of a message in the shape that the library sends. Parsed and written again, a message that is not as the standards
/// have it would come out as another; so what the library parses is a header of one field, which is hidden when it is written,
/// and the body that follows it writes the octets.
/// </summary>
internal sealed class OctetsAsMessage : MimePart
{
    private const string MediaType = "application/x-mailops-octets";
    private static readonly ParserOptions Parsing = Options();
    private MessageToAdd? _message;
    private Action? _progressed;

    /// <summary>Called by the library's parser.</summary>
    public OctetsAsMessage(MimeEntityConstructorArgs args)
        : base(args)
    {
    }

    /// <summary>How the library is to write it.</summary>
    public static FormatOptions Format { get; } = Hiding();

    /// <summary>A message that is written with <see cref="Format"/> as its octets and nothing else.</summary>
    /// <param name="message">The octets.</param>
    /// <param name="progressed">Called when some went over.</param>
    public static MimeMessage Of(MessageToAdd message, Action progressed)
    {
        // Without the empty line at its end none is written either; of the library's parsers this one notices.
        using var header = new MemoryStream(System.Text.Encoding.ASCII.GetBytes($"Content-Type: {MediaType}\r\n"));
        var made = new ExperimentalMimeParser(Parsing, header).ParseMessage();
        var body = (OctetsAsMessage)made.Body!;
        (body._message, body._progressed) = (message, progressed);
        return made;
    }

    /// <summary>The library asks for the length with this before it sends.</summary>
    public override void WriteTo(FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
    {
        if (stream is not MeasuringStream measuring)
            throw new NotSupportedException("Octets are written asynchronously.");
        measuring.SetLength(_message!.Length);
    }

    /// <inheritdoc/>
    public override Task WriteToAsync(FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default) =>
        _message!.WriteAsync(stream, _progressed, cancellationToken);

    private static ParserOptions Options()
    {
        var options = new ParserOptions();
        options.RegisterMimeType(MediaType, typeof(OctetsAsMessage));
        return options;
    }

    private static FormatOptions Hiding()
    {
        var options = FormatOptions.Default.Clone();
        options.HiddenHeaders.Add(HeaderId.ContentType);
        return options;
    }
}
