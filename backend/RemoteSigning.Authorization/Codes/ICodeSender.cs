namespace RemoteSigning.Authorization.Codes;

/// <summary>Hands a message over to whoever carries it on.</summary>
internal interface ICodeSender
{
    /// <summary>Returns when the message was accepted; that it arrives nobody can promise.</summary>
    /// <param name="address">An e-mail address or an E.164 number.</param>
    /// <exception cref="DeliveryException">It was not accepted, or nobody knows.</exception>
    Task SendAsync(string address, CodeMessage message, CancellationToken cancel);
}
