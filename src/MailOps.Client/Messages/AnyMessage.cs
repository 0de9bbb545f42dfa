using MailOps.Client.Sessions;
using MimeKit;

namespace MailOps.Client.Messages;

/// <summary>A message to look into, whatever it was given as.</summary>
internal static class AnyMessage
{
    /// <summary>Parses it, unless it is parsed.</summary>
    /// <exception cref="ArgumentException">It is no message.</exception>
    public static MimeMessage Of(object value)
    {
        if (value is MimeMessage message)
            return message;
        if (value is Mailboxes.MailboxItem { Raw: not null, Message: MimeMessage parsed })
            return parsed;
        using var octets = MessageContent.From(value).Stream;
        try
        {
            return MimeMessage.Load(octets);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"It is no message: {e.Message}", e);
        }
    }
}
