namespace RemoteSigning.Authorization.Codes;

/// <summary>
/// A message was not handed over. The reason goes to the log, so it is in our own words: what a mail server or a gateway
/// answers may quote the message, and the code with it.
/// </summary>
internal sealed class DeliveryException(string reason) : Exception(reason);
