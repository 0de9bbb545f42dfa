namespace MailOps.Client.Sessions;

/// <summary>How far a transaction came.</summary>
internal enum SmtpTransferEnd
{
    /// <summary>To an answer for each recipient.</summary>
    Answered,

    /// <summary>The connection was lost before the end of the message was sent: nobody got it, and it may be sent again.</summary>
    Lost,

    /// <summary>The server was silent, or made no sense, before the end of the message was sent: nobody got it.</summary>
    Failed,

    /// <summary>The end of the message was sent, and no answer came: whether the server has it is not known.</summary>
    Unknown,
}
