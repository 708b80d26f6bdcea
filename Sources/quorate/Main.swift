import ArgumentParser
import Hummingbird
import ServiceLifecycle
@main struct Main: AsyncParsableCommand { func run() async throws { print("hi") } }
