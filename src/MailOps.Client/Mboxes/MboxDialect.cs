namespace MailOps.Client.Mboxes;

/// <summary>How a file of many messages tells where one ends. All four begin a message with a line <c>From sender date</c> after an empty line (RFC 4155 appendix A).</summary>
public enum MboxDialect
{
    /// <summary>A line of a body that begins with <c>From </c> is written as <c>&gt;From </c>; one that was <c>&gt;From </c> before cannot be told from it.</summary>
    Mboxo,

    /// <summary>A line that begins with <c>From </c> after any number of <c>&gt;</c> gets one <c>&gt;</c> more, which is taken off again: nothing is lost.</summary>
    Mboxrd,

    /// <summary>As <see cref="Mboxo"/>, and a field <c>Content-Length</c> says how long the body is.</summary>
    Mboxcl,

    /// <summary>A field <c>Content-Length</c> says how long the body is, and no line is changed.</summary>
    Mboxcl2,
}
