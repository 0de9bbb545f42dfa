using System.Collections;
using System.Globalization;
using System.Text;

namespace MailOps.Client.Sessions;

/// <summary>
/// What is sent between the steps of a session, in PowerShell a hashtable: <c>@{ AfterEhlo = 'ETRN example.com' }</c>.
/// Each value is one of these, or an array of them:
/// a string is a command line, sent with CRLF, and one reply is read;
/// a byte array is sent exactly as it is, and one reply is read for each line end in it.
/// </summary>
public sealed class SmtpExtraCommands
{
    /// <summary>The places, in the order of a session: the keys of the hashtable.</summary>
    public static IReadOnlyList<string> Places { get; } =
    [
        nameof(BeforeGreeting), nameof(AfterGreeting), nameof(BeforeStartTls), nameof(AfterStartTls), nameof(BeforeEhlo), nameof(AfterEhlo),
        nameof(BeforeAuth), nameof(AfterAuth), nameof(BeforeMail), nameof(AfterMail), nameof(BeforeRcpt), nameof(AfterRcpt),
        nameof(BeforeData), nameof(AfterData), nameof(AfterMessage), nameof(BeforeQuit),
    ];

    /// <summary>Sent before the server has greeted (an early talker); the replies are read after the greeting.</summary>
    public object? BeforeGreeting { get; set; }

    /// <summary>Sent after the greeting.</summary>
    public object? AfterGreeting { get; set; }

    /// <summary>Sent before EHLO or HELO: before the last one, where STARTTLS makes it be said twice.</summary>
    public object? BeforeEhlo { get; set; }

    /// <summary>Sent after EHLO or HELO: after the last one, where STARTTLS makes it be said twice.</summary>
    public object? AfterEhlo { get; set; }

    /// <summary>Sent before STARTTLS.</summary>
    public object? BeforeStartTls { get; set; }

    /// <summary>Sent after the handshake, before EHLO is said again.</summary>
    public object? AfterStartTls { get; set; }

    /// <summary>Sent before AUTH.</summary>
    public object? BeforeAuth { get; set; }

    /// <summary>Sent after AUTH.</summary>
    public object? AfterAuth { get; set; }

    /// <summary>Sent before MAIL.</summary>
    public object? BeforeMail { get; set; }

    /// <summary>Sent after MAIL was accepted.</summary>
    public object? AfterMail { get; set; }

    /// <summary>Sent before the first RCPT.</summary>
    public object? BeforeRcpt { get; set; }

    /// <summary>Sent after the last RCPT.</summary>
    public object? AfterRcpt { get; set; }

    /// <summary>Sent before DATA.</summary>
    public object? BeforeData { get; set; }

    /// <summary>Sent after the server's 354, before the message. It becomes part of the message: no reply is read, dots are not doubled.</summary>
    public object? AfterData { get; set; }

    /// <summary>Sent after the reply to the message.</summary>
    public object? AfterMessage { get; set; }

    /// <summary>Sent before QUIT, however the session went, unless the server has closed it.</summary>
    public object? BeforeQuit { get; set; }

    /// <summary>The octets to send before or after a step, one element for each string or byte array.</summary>
    /// <exception cref="ArgumentException">A value is neither a string nor bytes, or a string has a line end in it.</exception>
    internal IReadOnlyList<byte[]> At(SmtpStep step, bool after) => Octets(NameOf(step, after), ValueOf(step, after));

    /// <summary>True if something is to be sent at any of the places.</summary>
    internal bool AnyAt(params ReadOnlySpan<(SmtpStep Step, bool After)> places)
    {
        foreach (var (step, after) in places)
        {
            if (At(step, after).Count > 0)
                return true;
        }

        return false;
    }

    private static string NameOf(SmtpStep step, bool after) => $"{(after ? "After" : "Before")}{step}";

    private object? ValueOf(SmtpStep step, bool after) => (step, after) switch
    {
        (SmtpStep.Greeting, false) => BeforeGreeting,
        (SmtpStep.Greeting, true) => AfterGreeting,
        (SmtpStep.Ehlo, false) => BeforeEhlo,
        (SmtpStep.Ehlo, true) => AfterEhlo,
        (SmtpStep.StartTls, false) => BeforeStartTls,
        (SmtpStep.StartTls, true) => AfterStartTls,
        (SmtpStep.Auth, false) => BeforeAuth,
        (SmtpStep.Auth, true) => AfterAuth,
        (SmtpStep.Mail, false) => BeforeMail,
        (SmtpStep.Mail, true) => AfterMail,
        (SmtpStep.Rcpt, false) => BeforeRcpt,
        (SmtpStep.Rcpt, true) => AfterRcpt,
        (SmtpStep.Data, false) => BeforeData,
        (SmtpStep.Data, true) => AfterData,
        (SmtpStep.Message, true) => AfterMessage,
        (SmtpStep.Quit, false) => BeforeQuit,
        _ => null,
    };

    private static IReadOnlyList<byte[]> Octets(string name, object? value)
    {
        switch (value)
        {
            case null:
                return [];
            case string line:
                if (line.AsSpan().ContainsAny('\r', '\n', '\0'))
                    throw new ArgumentException($"{name}: '{line}' has a line end or NUL in it. Give one string for each command, or bytes.");
                return [Encoding.UTF8.GetBytes(line + "\r\n")];
            case byte[] octets:
                return [octets];
            case object[] values when values.Length > 0 && values.All(IsOctet):
                // What PowerShell makes of bytes that went through an expression: an array of numbers.
                return [values.Select(v => Convert.ToByte(Unwrap(v), CultureInfo.InvariantCulture)).ToArray()];
            case IEnumerable values:
                return [.. values.Cast<object?>().SelectMany(v => Octets(name, v))];
            default:
                if (!ReferenceEquals(Unwrap(value), value))
                    return Octets(name, Unwrap(value));
                throw new ArgumentException($"{name}: {value.GetType().Name} cannot be sent. Give a string (a command line) or a byte array.");
        }
    }

    private static bool IsOctet(object? value) => Unwrap(value) is byte;

    // PSObject lives in an assembly that this one does not know.
    private static object? Unwrap(object? value) =>
        value?.GetType() is { FullName: "System.Management.Automation.PSObject" } type ? type.GetProperty("BaseObject")!.GetValue(value) : value;
}
