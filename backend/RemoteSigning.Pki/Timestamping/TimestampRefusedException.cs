namespace RemoteSigning.Pki.Timestamping;

/// <summary>No token; the message is what the requester reads.</summary>
internal sealed class TimestampRefusedException(TimestampFailure failure, string message) : Exception(message)
{
    public TimestampFailure Failure => failure;
}
