using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Signing;

namespace RemoteSigning.Server.Csc;

/// <summary>A call of <c>signatures/signHash</c> in which everything is right that can be seen here.</summary>
/// <param name="Operation">Null when the caller waits for the signatures.</param>
internal sealed record SignHashCall(SignatureOrder Order, AsynchronousOperation? Operation, Caller Caller);
